// Checks what cac collected against the manifest: types, repetitions, what is missing and what is too much.
import { UsageError } from '../errors.ts';
import { flagOf } from './argv.ts';
import type { Collected } from './cac-bridge.ts';
import { wordsOf, type ManifestCommand, type ManifestOption } from './manifest-types.ts';
import { readValue } from './values.ts';

/** Options that were given, by input key. */
export function readOptions(
  options: readonly ManifestOption[],
  { values }: Collected,
): Record<string, unknown> {
  const input: Record<string, unknown> = {};
  for (const option of options) {
    const given = values.get(option.key);
    if (given) input[option.key] = valueOf(option, given);
    else if (option.required) throw new UsageError(`${flagOf(option)} is missing`);
  }
  return input;
}

function valueOf(option: ManifestOption, given: readonly (string | boolean)[]): unknown {
  if (option.type === 'boolean') return given.at(-1);
  const texts = given.map((value) => String(value));
  if (option.type === 'list') return texts.map((text) => readValue(option, flagOf(option), text));
  if (texts.length > 1) throw new UsageError(`${flagOf(option)} is given ${texts.length} times`);
  return readValue(option, flagOf(option), texts[0] ?? '');
}

/** Values given by place, by input key. */
export function readPositionals(
  command: ManifestCommand,
  { words }: Collected,
): Record<string, unknown> {
  const input: Record<string, unknown> = {};
  const usage = { hint: `See occ ${wordsOf(command)} --help` };
  let index = 0;
  for (const field of command.positionals) {
    const name = field.key.toUpperCase();
    const texts = field.type === 'list' ? words.slice(index) : words.slice(index, index + 1);
    index += texts.length;
    if (texts.length === 0 && field.required) {
      throw new UsageError(`occ ${wordsOf(command)}: ${name} is missing`, usage);
    }
    if (texts.length === 0) continue;
    const values = texts.map((text) => readValue(field, name, text));
    input[field.key] = field.type === 'list' ? values : values[0];
  }
  const extra = words.slice(index);
  if (extra.length === 0) return input;
  const shown = extra.map((word) => `"${word}"`).join(', ');
  throw new UsageError(`occ ${wordsOf(command)} does not take ${shown}`, usage);
}
