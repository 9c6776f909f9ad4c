// An operation → its entry in the manifest: zod's JSON Schema of the input, reduced to what a command line needs.
import { z } from 'zod';
import { globalOptions } from '../../src/cli/global-options.ts';
import type {
  ManifestCommand,
  ManifestField,
  ManifestOption,
  ManifestPositional,
  ValueType,
} from '../../src/cli/manifest-types.ts';
import type { AnyOperation } from '../../src/ops/operation.ts';

/** The part of JSON Schema that input fields use, with `short` from zod's `meta`. */
interface FieldSchema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly FieldSchema[];
  readonly items?: FieldSchema;
  readonly short?: unknown;
}

/**
 * Describes an operation.
 * @throws Error when a field has no description, no form on a command line, or a name that is taken
 */
export function describeOperation(operation: AnyOperation): ManifestCommand {
  const schema = z.toJSONSchema(operation.input, { io: 'input' });
  const fields = Object.entries((schema.properties ?? {}) as Record<string, FieldSchema>);
  const required = new Set(schema.required ?? []);
  const places = operation.positionals ?? [];
  const describe = ([key, field]: [string, FieldSchema]) =>
    describeField(`${operation.name}: ${key}`, key, field);
  const positionals = places.map((key): ManifestPositional => {
    const field = fields.find(([name]) => name === key);
    if (!field) throw new Error(`${operation.name}: positional ${key} is not in its input`);
    return { ...describe(field), required: required.has(key) };
  });
  const options = fields
    .filter(([key]) => !places.includes(key))
    .map((field) => optionOf(describe(field), field[1], required.has(field[0])));
  checkNames(operation.name, options);
  checkPlaces(operation.name, positionals);
  const { name, summary, description, examples, effect, scope } = operation;
  return {
    name,
    summary,
    ...(description !== undefined && { description }),
    examples,
    effect,
    scope,
    streams: operation.streams ?? false,
    positionals,
    options,
  };
}

function describeField(where: string, key: string, field: FieldSchema): ManifestField {
  if (!field.description) throw new Error(`${where} has no description`);
  const type = typeOf(where, field);
  const choices = (field.items ?? field).enum;
  return {
    key,
    type,
    description: field.description,
    ...(field.default !== undefined && { default: field.default as ManifestField['default'] & {} }),
    ...(choices && { choices: choices.map(String) }),
  };
}

function optionOf(field: ManifestField, schema: FieldSchema, required: boolean): ManifestOption {
  const { key, ...rest } = field;
  return {
    key,
    flag: key.replaceAll('_', '-'),
    ...(typeof schema.short === 'string' && { short: schema.short }),
    ...(required && { required }),
    ...rest,
  };
}

function typeOf(where: string, field: FieldSchema): ValueType {
  if (field.anyOf) {
    const types = new Set(field.anyOf.map((member) => typeOf(where, member)));
    const [only] = types;
    if (types.size === 1 && only) return only;
  }
  if (field.type === 'array' && field.items && typeOf(where, field.items) === 'string')
    return 'list';
  if (field.type === 'string' || field.type === 'integer' || field.type === 'boolean') {
    return field.type;
  }
  if (field.enum?.every((value) => typeof value === 'string')) return 'string';
  throw new Error(`${where} has a type that a command line cannot give: ${JSON.stringify(field)}`);
}

function checkNames(operation: string, options: readonly ManifestOption[]): void {
  const taken = new Set<string>(globalOptions.flatMap(namesOf));
  for (const name of options.flatMap(namesOf)) {
    if (taken.has(name)) throw new Error(`${operation}: ${name} is the name of another option`);
    taken.add(name);
  }
}

function namesOf(option: ManifestOption): readonly string[] {
  const long = [`--${option.flag}`, `key ${option.key}`];
  const negated =
    option.type === 'boolean' && option.default === true ? [`--no-${option.flag}`] : [];
  return [...long, ...negated, ...(option.short === undefined ? [] : [`-${option.short}`])];
}

function checkPlaces(operation: string, positionals: readonly ManifestPositional[]): void {
  positionals.forEach((field, index) => {
    const before = positionals[index - 1];
    if (before?.type === 'list') throw new Error(`${operation}: only the last place may be a list`);
    if (field.required && before?.required === false) {
      throw new Error(`${operation}: ${field.key} is required and stands after an optional place`);
    }
  });
}
