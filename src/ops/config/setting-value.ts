// Turns the text of a value into what the inventory's schema wants, or says what was expected.
import { z } from 'zod';
import { UsageError } from '../../errors.ts';
import { expectedOf, foundOf } from '../../hosts/expected.ts';
import { hostSchema } from '../../hosts/inventory-schema.ts';
import type { WritableKey } from './setting-key.ts';

/** A value of a setting, as it stands in the file. */
export type SettingValue = string | number | boolean | readonly string[];

/**
 * Reads the text of a value by the type of its key: number, true/false, comma-separated list, or text.
 * @throws UsageError that names the expected type and range
 */
export function parseSettingValue(key: WritableKey, text: string): SettingValue {
  const schema: z.ZodType = hostSchema.shape[key].unwrap();
  const parsed = schema.safeParse(fromText(text, String(z.toJSONSchema(schema).type)));
  if (parsed.success) return parsed.data as SettingValue;
  const message = `${key}: expected ${wantedOf(schema, parsed.error)}, found ${foundOf(text)}`;
  const hint = `${key}: ${schema.description ?? 'see docs/inventory.md'}`;
  throw new UsageError(message, { hint });
}

/** A value as a person would type it. */
export function formatSettingValue(value: SettingValue): string {
  return typeof value === 'object' ? value.join(',') : String(value);
}

function fromText(text: string, type: string): unknown {
  // What is not a number stays text, so that the schema refuses it: `0x10` and `1e3` are mistakes.
  if (type === 'integer' || type === 'number') return /^-?\d+$/.test(text) ? Number(text) : text;
  if (type === 'boolean') return { true: true, false: false }[text] ?? text;
  if (type !== 'array') return text;
  const items = text.split(',').map((item) => item.trim());
  return items.filter((item) => item !== '');
}

/** What the schema takes; of a text, the schema's own message says it. */
function wantedOf(schema: z.ZodType, error: z.ZodError): string {
  const [issue] = error.issues;
  const isEmptyText = issue?.code === 'too_small' && issue.origin === 'string';
  return isEmptyText || issue?.code === 'invalid_format' ? issue.message : expectedOf(schema);
}
