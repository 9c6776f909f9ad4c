// The values of a command line → the operation's input, checked by its schema.
import { UsageError } from '../errors.ts';
import type { AnyOperation } from '../ops/operation.ts';
import { flagOf } from './argv.ts';
import type { ManifestCommand } from './manifest-types.ts';

/** What zod reports of one mistake, the part used here. */
interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

type Checked =
  | { readonly success: true; readonly data: unknown }
  | { readonly success: false; readonly error: { readonly issues: readonly Issue[] } };

/**
 * Checks and completes (defaults) the input.
 * @throws UsageError that names the options and places that are wrong
 */
export function checkInput(
  operation: AnyOperation,
  command: ManifestCommand,
  input: Readonly<Record<string, unknown>>,
): unknown {
  const checked = (operation.input as { safeParse(value: unknown): Checked }).safeParse(input);
  if (checked.success) return checked.data;
  const lines = checked.error.issues.map(
    ({ path, message }) => `${nameOf(command, path[0])}${message}`,
  );
  throw new UsageError(lines.join('\n'), {
    hint: `See occ ${command.name.replaceAll('.', ' ')} --help`,
  });
}

function nameOf(command: ManifestCommand, key: PropertyKey | undefined): string {
  if (command.positionals.some((field) => field.key === key)) {
    return `${String(key).toUpperCase()}: `;
  }
  const option = command.options.find((candidate) => candidate.key === key);
  return option ? `${flagOf(option)}: ` : '';
}
