// Reads raw argv against the known options and rewrites it into a form that cac cannot misread.
import { UsageError } from '../errors.ts';
import { suggest } from '../suggest.ts';
import type { ManifestOption } from './manifest-types.ts';

/** One word of the command line, understood. */
export type Token =
  | { readonly kind: 'word'; readonly text: string }
  | { readonly kind: 'option'; readonly option: ManifestOption; readonly value: string | boolean };

/** A token and how many words of argv it took. */
interface Step {
  readonly tokens: readonly Token[];
  readonly used: number;
}

/**
 * Splits argv into words and options. Everything after `--` is a word.
 * @param optionsAt - the options that are known after these words
 * @throws UsageError for an unknown option, a missing value, or a value where none belongs
 */
export function tokenize(
  argv: readonly string[],
  optionsAt: (words: readonly string[]) => readonly ManifestOption[],
): readonly Token[] {
  const tokens: Token[] = [];
  const words: string[] = [];
  for (let index = 0; index < argv.length;) {
    const text = argv[index] ?? '';
    if (text === '--') {
      return [
        ...tokens,
        ...argv.slice(index + 1).map((rest) => ({ kind: 'word' as const, text: rest })),
      ];
    }
    const step = isOption(text)
      ? readOption(text, argv[index + 1], optionsAt(words))
      : { tokens: [{ kind: 'word' as const, text }], used: 1 };
    if (!isOption(text)) words.push(text);
    tokens.push(...step.tokens);
    index += step.used;
  }
  return tokens;
}

/** Whether a word has the form of an option. A lone `-` is a word: it often means standard input. */
export function isOption(text: string): boolean {
  return text.startsWith('-') && text.length > 1;
}

function readOption(
  text: string,
  next: string | undefined,
  options: readonly ManifestOption[],
): Step {
  const equals = text.indexOf('=');
  const name = equals === -1 ? text : text.slice(0, equals);
  const value = equals === -1 ? undefined : text.slice(equals + 1);
  if (name.startsWith('--')) return readLong(name.slice(2), value, next, options);
  return readShort(name.slice(1), value, next, options);
}

function readLong(
  name: string,
  value: string | undefined,
  next: string | undefined,
  options: readonly ManifestOption[],
): Step {
  const option = options.find((candidate) => candidate.flag === name);
  if (option) return withValue(option, `--${name}`, value, next);
  const negated = name.startsWith('no-')
    ? options.find((candidate) => isNegatable(candidate) && candidate.flag === name.slice(3))
    : undefined;
  if (!negated) throw unknownOption(`--${name}`, options);
  if (value !== undefined) throw new UsageError(`--${name} takes no value`);
  return { tokens: [{ kind: 'option', option: negated, value: false }], used: 1 };
}

/** A cluster such as `-fv`; only its last letter may take a value, as the next word or after `=`. */
function readShort(
  letters: string,
  value: string | undefined,
  next: string | undefined,
  options: readonly ManifestOption[],
): Step {
  const found = Array.from(letters, (letter) => {
    const option = options.find((candidate) => candidate.short === letter);
    if (!option) throw unknownOption(`-${letters}`, options);
    return option;
  });
  const last = found.pop();
  if (!last) throw unknownOption(`-${letters}`, options);
  const before = found.map((option) => {
    if (option.type === 'boolean') return { kind: 'option' as const, option, value: true };
    throw new UsageError(
      `-${option.short ?? ''} needs a value, so it must stand last in -${letters}`,
    );
  });
  const step = withValue(last, `-${last.short ?? ''}`, value, next);
  return { tokens: [...before, ...step.tokens], used: step.used };
}

function withValue(
  option: ManifestOption,
  shown: string,
  value: string | undefined,
  next: string | undefined,
): Step {
  if (option.type === 'boolean') {
    if (value !== undefined && value !== 'true' && value !== 'false') {
      throw new UsageError(`${shown} takes no value, got "${value}"`);
    }
    return { tokens: [{ kind: 'option', option, value: value !== 'false' }], used: 1 };
  }
  if (value !== undefined) return { tokens: [{ kind: 'option', option, value }], used: 1 };
  if (next === undefined || isOption(next)) throw missingValue(shown, next);
  return { tokens: [{ kind: 'option', option, value: next }], used: 2 };
}

function missingValue(shown: string, next: string | undefined): UsageError {
  const hint =
    next === undefined || next === '--'
      ? undefined
      : `For a value that starts with a dash write ${shown}=${next}`;
  return new UsageError(`${shown} needs a value`, { hint });
}

/** Whether `--no-FLAG` exists. */
export function isNegatable(option: ManifestOption): boolean {
  return option.type === 'boolean' && option.default === true;
}

/** How an option is written in help. */
export function flagOf(option: ManifestOption): string {
  return `--${isNegatable(option) ? 'no-' : ''}${option.flag}`;
}

function unknownOption(shown: string, options: readonly ManifestOption[]): UsageError {
  const flags = options.flatMap((option) =>
    isNegatable(option) ? [option.flag, `no-${option.flag}`] : [option.flag],
  );
  const near = suggest(shown.replace(/^-+/, ''), flags);
  const hint =
    near.length > 0
      ? `Did you mean ${near.map((flag) => `--${flag}`).join(' or ')}?`
      : 'An option of a command stands after the command; --help lists them';
  return new UsageError(`Unknown option ${shown}`, { hint });
}
