// Turns the text of a value into what the inventory's schema wants, or says what was expected.
import { z } from 'zod';
import { UsageError } from '../../errors.ts';
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
  const parsed = schema.safeParse(fromText(text, jsonSchemaOf(schema).type));
  if (parsed.success) return parsed.data as SettingValue;
  const reason = reasonOf(parsed.error);
  const message = `${key}: expected ${expectedValue(key)}${reason}, got "${text}"`;
  throw new UsageError(message, {
    hint: `${key}: ${schema.description ?? 'see docs/inventory.md'}`,
  });
}

/** What a key takes, in words: `a whole number from 1 to 65535`. */
export function expectedValue(key: WritableKey): string {
  return describe(jsonSchemaOf(hostSchema.shape[key].unwrap()));
}

/** A value as a person would type it. */
export function formatSettingValue(value: SettingValue): string {
  return typeof value === 'object' ? value.join(',') : String(value);
}

type JsonSchema = z.core.JSONSchema.BaseSchema;

function jsonSchemaOf(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema);
}

function fromText(text: string, type: JsonSchema['type']): unknown {
  if (isNumeric(type)) return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
  if (type === 'boolean') return { true: true, false: false }[text] ?? text;
  if (type !== 'array') return text;
  const items = text.split(',').map((item) => item.trim());
  return items.filter((item) => item !== '');
}

function isNumeric(type: JsonSchema['type']): boolean {
  return type === 'integer' || type === 'number';
}

function describe(schema: JsonSchema): string {
  if (schema.anyOf) return schema.anyOf.map((each) => describe(each)).join(' or ');
  if (schema.enum) return `one of ${schema.enum.map(String).join(', ')}`;
  if (schema.type === 'integer') return `a whole number${range(schema)}`;
  if (schema.type === 'number') return `a number${range(schema)}`;
  if (schema.type === 'boolean') return 'true or false';
  if (schema.type === 'array') return 'a comma-separated list';
  return textKinds.get(schema.format ?? '') ?? 'text';
}

const textKinds = new Map([
  ['ipv4', 'an IPv4 address'],
  ['ipv6', 'an IPv6 address'],
]);

function range({ minimum, maximum }: JsonSchema): string {
  if (minimum === undefined || maximum === undefined) return '';
  return ` from ${minimum} to ${maximum}`;
}

/** Only where the kind of value does not say it all: a pattern, a prefix, a length. */
function reasonOf(error: z.ZodError): string {
  const [issue] = error.issues;
  if (issue?.code === 'too_small' && issue.origin === 'string') return ' that is not empty';
  const isOfText = issue?.code === 'invalid_format' || issue?.code === 'too_big';
  if (!isOfText || (issue.code === 'too_big' && issue.origin !== 'string')) return '';
  return ` (${issue.message})`;
}
