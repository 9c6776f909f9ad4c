// The values of a command line → the operation's input, checked by its schema.
import { UsageError } from '../errors.ts';
import type { AnyOperation } from '../ops/operation.ts';
import { flagOf } from './argv.ts';
import { wordsOf, type ManifestCommand } from './manifest-types.ts';

/** What zod reports of one mistake, the part used here. */
interface Issue {
  readonly code?: string | undefined;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  /** Of `too_small` and `too_big`: what is measured, and the limit. */
  readonly origin?: string | undefined;
  readonly minimum?: number | bigint | undefined;
  readonly maximum?: number | bigint | undefined;
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
    (issue) => `${nameOf(command, issue.path[0])}${wordsFor(issue)}`,
  );
  throw new UsageError(lines.join('\n'), {
    hint: `See occ ${wordsOf(command)} --help`,
  });
}

function nameOf(command: ManifestCommand, key: PropertyKey | undefined): string {
  if (command.positionals.some((field) => field.key === key)) {
    return `${String(key).toUpperCase()}: `;
  }
  const option = command.options.find((candidate) => candidate.key === key);
  return option ? `${flagOf(option)}: ` : '';
}

/** zod's words are for programmers where it measures; elsewhere they are the schema's own. */
function wordsFor({ code, origin, minimum, maximum, message }: Issue): string {
  const isNumber = origin === 'number' || origin === 'int';
  if (code === 'too_small' && origin === 'string' && minimum === 1) return 'must not be empty';
  if (code === 'too_small' && isNumber) return `must be at least ${String(minimum)}`;
  if (code === 'too_big' && isNumber) return `must be at most ${String(maximum)}`;
  if (code === 'too_big' && origin === 'string')
    return `is longer than ${String(maximum)} characters`;
  return message;
}
