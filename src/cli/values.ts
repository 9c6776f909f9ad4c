// Turns the text of an option or positional into the type that the manifest says. Ranges are the operation's business.
import { UsageError } from '../errors.ts';
import { suggest } from '../suggest.ts';
import type { ManifestField } from './manifest-types.ts';

/**
 * Reads one value.
 * @param shown - how the field is named to the user: `--tail` or `NAME`
 * @throws UsageError when the text is not of that type or not one of the choices
 */
export function readValue(field: ManifestField, shown: string, text: string): string | number {
  if (field.type === 'integer') return readInteger(shown, text);
  if (field.choices && !field.choices.includes(text)) throw notAChoice(field.choices, shown, text);
  return text;
}

/** Decimal digits only: `0x10`, `1e3` and ` 7` are mistakes, not numbers. */
function readInteger(shown: string, text: string): number {
  const value = /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) {
    throw new UsageError(`${shown} needs a whole number, got "${text}"`);
  }
  return value;
}

function notAChoice(choices: readonly string[], shown: string, text: string): UsageError {
  const near = suggest(text, choices);
  const hint = near.length > 0 ? `Did you mean ${near.join(' or ')}?` : undefined;
  return new UsageError(`${shown} must be one of ${choices.join(', ')}, got "${text}"`, { hint });
}
