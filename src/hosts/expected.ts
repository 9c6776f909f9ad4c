// What a schema takes and what was found instead, in words: "a whole number from 1 to 65535", "a list".
import { z } from 'zod';

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** What the schema takes: `a whole number from 1 to 65535`. */
export function expectedOf(schema: z.ZodType): string {
  return describe(z.toJSONSchema(schema));
}

/** What a value is, for people. Long texts are cut; control characters are escaped. */
export function foundOf(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value !== 'string') return typeof value === 'object' ? 'a map' : JSON.stringify(value);
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 59)}…` : value);
}

function describe(schema: JsonSchema): string {
  if (schema.anyOf) return alternatives(schema.anyOf);
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return `one of ${schema.enum.map(String).join(', ')}`;
  const kind = formats.get(schema.format ?? '') ?? kinds.get(String(schema.type)) ?? 'a text';
  return `${kind}${range(schema)}`;
}

const kinds = new Map([
  ['integer', 'a whole number'],
  ['number', 'a number'],
  ['boolean', 'true or false'],
  ['array', 'a list'],
  ['object', 'a map'],
]);

const formats = new Map([
  ['ipv4', 'an IPv4 address'],
  ['ipv6', 'an IPv6 address'],
]);

function alternatives(schemas: readonly JsonSchema[]): string {
  // `null` is an empty value in YAML: allowed, and nothing that anybody would be told to write.
  const wanted = schemas.filter(({ type }) => type !== 'null');
  return wanted.map(describe).join(' or ');
}

function range({ minimum, maximum }: JsonSchema): string {
  return minimum === undefined || maximum === undefined ? '' : ` from ${minimum} to ${maximum}`;
}
