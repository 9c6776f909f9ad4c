// Checks an inventory against its schema, and says each mistake as "expected …, found …" at its place in the file.
import { z } from 'zod';
import type { InventoryProblem } from '../errors.ts';
import { didYouMean } from '../suggest.ts';
import { expectedOf, foundOf } from './expected.ts';
import type { KeyPath, Located } from './inventory-location.ts';
import { crossProblems } from './inventory-references.ts';
import {
  hostSchema,
  inventorySchema,
  nameRule,
  settingsSchema,
  type InventoryData,
} from './inventory-schema.ts';

/** A valid inventory, or everything that is wrong with it, in the order of the file. */
export type CheckedInventory =
  | { readonly data: InventoryData; readonly problems: readonly [] }
  | { readonly data: undefined; readonly problems: readonly InventoryProblem[] };

/** A file that holds nothing yet. */
const emptyInventory: InventoryData = { version: 1 };

/** Checks what was read from a file. An empty file, or one of comments only, is an empty inventory. */
export function checkInventory(raw: unknown, where: Located): CheckedInventory {
  if (raw === null || raw === undefined) return { data: emptyInventory, problems: [] };
  const parsed = inventorySchema.safeParse(raw);
  const problems = [
    ...(parsed.success ? [] : parsed.error.issues.flatMap((issue) => explain(issue, raw, where))),
    ...crossProblems(raw, where),
  ];
  if (parsed.success && problems.length === 0) return { data: parsed.data, problems: [] };
  return { data: undefined, problems: problems.sort(byPlace) };
}

function byPlace(a: InventoryProblem, b: InventoryProblem): number {
  return (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);
}

type Issue = z.core.$ZodIssue;

function explain(issue: Issue, raw: unknown, where: Located): InventoryProblem[] {
  const { path } = issue;
  const found = valueAt(raw, path);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => where.problemOfKey([...path, key], unknownKey(path, key)));
  }
  if (issue.code !== 'invalid_key') {
    return [where.problemOfValue(path, `expected ${wanted(issue)}, found ${foundOf(found)}`)];
  }
  const name = foundOf(path.at(-1));
  return [
    where.problemOfKey(path, `expected ${nameRule}, found ${name}`),
    ...insideOf(path, found, raw, where),
  ];
}

/** zod does not look into an entry whose name is wrong; people want all mistakes at once. */
function insideOf(path: KeyPath, value: unknown, raw: unknown, where: Located): InventoryProblem[] {
  const schema = path[0] === 'hosts' ? hostSchema : settingsSchema;
  const parsed = schema.nullable().safeParse(value);
  if (parsed.success) return [];
  return parsed.error.issues.flatMap((issue) =>
    explain({ ...issue, path: [...path, ...issue.path] }, raw, where),
  );
}

function wanted(issue: Issue): string {
  const { path } = issue;
  if (path.length === 1 && path[0] === 'version') return '1';
  // The schema's own message about a text is what it takes.
  const isOfText =
    issue.code === 'invalid_format' || (issue.code === 'too_small' && issue.origin === 'string');
  if (isOfText) return issue.message;
  const schema = schemaAt(path);
  return schema ? expectedOf(schema) : 'a map';
}

/** The schema of a setting, or of a key at the top; undefined for what holds other keys. */
function schemaAt(path: KeyPath): z.ZodType | undefined {
  const settingAt = path[0] === 'defaults' ? 1 : 2;
  if (path.length <= settingAt) return path[0] === 'default_host' ? z.string() : undefined;
  // Only names stand in a list.
  if (path.length > settingAt + 1) return z.string();
  return Object.entries<z.ZodType>(hostSchema.shape).find(([key]) => key === path[settingAt])?.[1];
}

function unknownKey(path: KeyPath, key: string): string {
  const known = Object.keys(shapeAt(path));
  const near = didYouMean(key, known);
  const misplaced = near === undefined ? placeFor(path, key) : undefined;
  return `unknown key. ${near ?? misplaced ?? `Known keys here: ${known.join(', ')}`}`;
}

function shapeAt(path: KeyPath): object {
  if (path.length === 0) return inventorySchema.shape;
  return path[0] === 'hosts' ? hostSchema.shape : settingsSchema.shape;
}

/** Tells where a key belongs that is right but stands in the wrong place. */
function placeFor(path: KeyPath, key: string): string | undefined {
  if (path.length === 0 && key in settingsSchema.shape) return 'It belongs under defaults';
  if (path.length > 0 && key in hostSchema.shape) return 'Only a host can have it';
  return undefined;
}

function valueAt(raw: unknown, path: KeyPath): unknown {
  return path.reduce<unknown>(
    (value, segment) =>
      typeof value === 'object' && value !== null
        ? (value as Record<PropertyKey, unknown>)[segment]
        : undefined,
    raw,
  );
}
