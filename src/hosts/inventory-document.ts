// Reads the text of an inventory as YAML: syntax, duplicate keys, aliases. What the keys mean is checked elsewhere.
import {
  isAlias,
  isMap,
  isScalar,
  LineCounter,
  parseDocument,
  visit,
  type Alias,
  type Document,
  type Pair,
  type YAMLMap,
} from 'yaml';
import type { InventoryProblem } from '../errors.ts';
import { located, type Located } from './inventory-location.ts';
import { syntaxMessage } from './yaml-messages.ts';

/** Largest file that is read: 1 MiB. */
export const largestInventory = 1024 * 1024;

/** Resolving one takes a walk through the document, so the time for many grows with their square. */
const mostAliases = 1000;

/** What they may stand for together, aliases within aliases multiplied: room for hundreds of hosts that share one anchor. */
const mostCopies = 1000;

const tooManyAliases = 'expected a few aliases, found so many that they would fill the memory';

/** Text that was read as YAML. `data` is undefined when there are problems, and when the file holds nothing. */
export interface InventoryDocument {
  readonly located: Located;
  readonly data: unknown;
  readonly problems: readonly InventoryProblem[];
}

/** Parses the text. Never throws for bad text: everything wrong is in `problems`. */
export function parseInventoryText(text: string): InventoryDocument {
  const lines = new LineCounter();
  const doc = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    // Checked below, where the line of the first one is known too.
    uniqueKeys: false,
    // People who use anchors expect `<<`, although YAML 1.2 dropped it.
    merge: true,
    // Warnings are in the document; `silent` would hide a second document too.
    logLevel: 'error',
  });
  const where = located(doc, lines);
  const syntax = [...doc.errors, ...doc.warnings].map((error) =>
    where.problemAt(error.pos[0], '', syntaxMessage(error)),
  );
  if (syntax.length > 0) return { located: where, data: undefined, problems: syntax };
  const problems = structureProblems(doc, where);
  if (problems.length > 0) return { located: where, data: undefined, problems };
  return readData(doc, where);
}

function readData(doc: Document, where: Located): InventoryDocument {
  try {
    const data: unknown = doc.toJS({ maxAliasCount: mostCopies });
    return { located: where, data, problems: [] };
  } catch (cause) {
    if (!(cause instanceof ReferenceError)) throw cause;
    return { located: where, data: undefined, problems: [where.problemAt(0, '', tooManyAliases)] };
  }
}

function structureProblems(doc: Document, where: Located): InventoryProblem[] {
  const problems: InventoryProblem[] = [];
  const aliases: [Alias, readonly unknown[]][] = [];
  visit(doc, {
    Map: (_, map) => {
      problems.push(...keyProblems(map, where));
    },
    Alias: (_, alias, ancestors) => {
      aliases.push([alias, ancestors]);
    },
  });
  const [tooMany] = aliases[mostAliases] ?? [];
  if (tooMany) return [...problems, where.problemOf(tooMany, '', tooManyAliases)];
  for (const [alias, ancestors] of aliases) {
    const message = aliasProblem(doc, alias, ancestors);
    if (message !== undefined) problems.push(where.problemOf(alias, '', message));
  }
  return problems;
}

function aliasProblem(
  doc: Document,
  alias: Alias,
  ancestors: readonly unknown[],
): string | undefined {
  const target = alias.resolve(doc);
  if (!target) return `expected an anchor &${alias.source} above this alias, found none`;
  return ancestors.includes(target) ? `the alias *${alias.source} contains itself` : undefined;
}

function keyProblems(map: YAMLMap, where: Located): InventoryProblem[] {
  const first = new Map<string, unknown>();
  return map.items.flatMap((pair: Pair) => {
    const { key } = pair;
    // An alias as a key has its own message when it is wrong.
    if (isAlias(key)) return [];
    if (!isScalar(key)) {
      const found = isMap(key) ? 'a map' : 'a list';
      return [where.problemOf(key, where.keyOf(map), `expected a name as key, found ${found}`)];
    }
    const name = String(key.value);
    const earlier = first.get(name);
    if (earlier === undefined) {
      first.set(name, key);
      return [];
    }
    const message = `given twice, the first time on line ${where.lineOf(earlier)}`;
    return [where.problemOf(key, where.keyOf(map, name), message)];
  });
}
