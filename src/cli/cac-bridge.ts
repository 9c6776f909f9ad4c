// Runs cac over tokens. cac coerces numbers (`0x10` becomes 16, `007` becomes 7), reads `no-` and dots in names as
// its own, and takes dashes in values for options; so it gets the input's snake_case keys and marked values.
import { cac } from 'cac';
import type { Token } from './argv.ts';
import type { ManifestCommand, ManifestOption } from './manifest-types.ts';

/** What cac collected: every value as it was typed. */
export interface Collected {
  readonly words: readonly string[];
  /** Values by input key, in the order given. */
  readonly values: ReadonlyMap<string, readonly (string | boolean)[]>;
}

// An argument cannot hold NUL, so the mark is never part of what was typed; with it, nothing looks like a number.
const mark = '\0';

/** Hands the tokens of one command to cac and takes its answer apart. */
export function collect(
  command: ManifestCommand,
  options: readonly ManifestOption[],
  tokens: readonly Token[],
): Collected {
  const parser = cac('occ');
  const definition = parser.command(`${command.name} [...words]`, command.summary);
  for (const option of options) {
    definition.option(
      option.type === 'boolean' ? `--${option.key}` : `--${option.key} <value>`,
      option.description,
    );
  }
  const parsed = parser.parse(['node', 'occ', command.name, ...tokens.map(toArgument)], {
    run: false,
  });
  const given: Record<string, unknown> = parsed.options;
  return {
    words: parsed.args.map(unmark),
    values: new Map(
      options.flatMap(({ key }) => (key in given ? [[key, listOf(given[key])] as const] : [])),
    ),
  };
}

function toArgument(token: Token): string {
  if (token.kind === 'word') return `${mark}${token.text}`;
  const { option, value } = token;
  return `--${option.key}=${typeof value === 'boolean' ? String(value) : `${mark}${value}`}`;
}

function listOf(value: unknown): readonly (string | boolean)[] {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  return values.map((item) => (typeof item === 'boolean' ? item : unmark(String(item))));
}

function unmark(text: string): string {
  return text.startsWith(mark) ? text.slice(mark.length) : text;
}
