// Finds the line and column of a key or value in an inventory, by its path or by its node.
import {
  isAlias,
  isCollection,
  isMap,
  isNode,
  isPair,
  isScalar,
  visit,
  type Document,
  type LineCounter,
  type Pair,
} from 'yaml';
import type { InventoryProblem } from '../errors.ts';

/** Segments of a dotted key; a number is a place in a list. */
export type KeyPath = readonly PropertyKey[];

/** A parsed file that can say where things are. */
export interface Located {
  readonly doc: Document;
  problemAt(offset: number, key: string, message: string): InventoryProblem;
  problemOf(node: unknown, key: string, message: string): InventoryProblem;
  /** At the value of the path; where it is missing, at the nearest thing above it. */
  problemOfValue(path: KeyPath, message: string): InventoryProblem;
  /** At the key itself. */
  problemOfKey(path: KeyPath, message: string): InventoryProblem;
  lineOf(node: unknown): number;
  /** Dotted key of a collection in the file, or of one of its keys. */
  keyOf(node: unknown, child?: string): string;
}

/** Joins a path the way people write it: `hosts.web-1.groups[0]`. */
function dotted(path: KeyPath): string {
  return path.reduce<string>((text, segment) => {
    if (typeof segment === 'number') return `${text}[${segment}]`;
    return text === '' ? String(segment) : `${text}.${String(segment)}`;
  }, '');
}

/** Prepares a parsed document for questions about places. */
export function located(doc: Document, lines: LineCounter): Located {
  const problemAt = (offset: number, key: string, message: string): InventoryProblem => {
    const { line, col } = lines.linePos(offset);
    // An empty text has no lines to count.
    return { line: Math.max(line, 1), column: Math.max(col, 1), key, message };
  };
  const problemOf = (node: unknown, key: string, message: string) =>
    problemAt(startOf(node), key, message);
  return {
    doc,
    problemAt,
    problemOf,
    problemOfValue: (path, message) => problemOf(valueAt(doc, path), dotted(path), message),
    problemOfKey: (path, message) => problemOf(keyAt(doc, path), dotted(path), message),
    lineOf: (node) => lines.linePos(startOf(node)).line,
    keyOf: (node, child) => dotted([...pathOf(doc, node), ...(child === undefined ? [] : [child])]),
  };
}

function startOf(node: unknown): number {
  return (isNode(node) ? node.range?.[0] : undefined) ?? 0;
}

function valueAt(doc: Document, path: KeyPath): unknown {
  let node: unknown = doc.contents;
  for (const segment of path) {
    const child = step(doc, node, segment);
    // A key without a value has an empty node, or none: the key is the best place then.
    const value = isPair(child) ? (hasText(child.value) ? child.value : child.key) : child;
    if (value === undefined) return node;
    node = value;
  }
  return node;
}

function keyAt(doc: Document, path: KeyPath): unknown {
  const parent = valueAt(doc, path.slice(0, -1));
  const pair = path.length === 0 ? undefined : step(doc, parent, path[path.length - 1]);
  return isPair(pair) ? pair.key : (pair ?? parent);
}

function hasText(node: unknown): boolean {
  return isNode(node) && node.range !== undefined && node.range !== null
    ? node.range[1] > node.range[0]
    : false;
}

/** The pair of a key in a map, or the item of a list; undefined when it is not there, or merged in with `<<`. */
function step(doc: Document, node: unknown, segment: PropertyKey | undefined): unknown {
  const collection = isAlias(node) ? node.resolve(doc) : node;
  if (!isCollection(collection)) return undefined;
  if (!isMap(collection)) return collection.items[Number(segment)];
  return collection.items.find(({ key }: Pair) => isScalar(key) && String(key.value) === segment);
}

function pathOf(doc: Document, wanted: unknown): KeyPath {
  let path: KeyPath = [];
  visit(doc, {
    Node: (key, node, ancestors) => {
      if (node !== wanted) return undefined;
      const chain: readonly unknown[] = ancestors;
      path = [...chain, node].flatMap((ancestor, index) => segmentOf(chain[index - 1], ancestor));
      return visit.BREAK;
    },
  });
  return path;
}

function segmentOf(parent: unknown, child: unknown): PropertyKey[] {
  if (isPair(child)) return isScalar(child.key) ? [String(child.key.value)] : [];
  if (!isCollection(parent) || isMap(parent)) return [];
  return [(parent.items as readonly unknown[]).indexOf(child)];
}
