// Reads an Ansible inventory in YAML form: groups with hosts, children and vars. Pure.
import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  LineCounter,
  parseDocument,
  type Document,
  type Pair,
} from 'yaml';
import type { InventoryProblem } from '../errors.ts';
import { AnsibleTree, expandRanges, splitPort, type Variables } from './import-ansible-tree.ts';
import { syntaxMessage } from './yaml-messages.ts';
import { yaml11Int } from './yaml11-int.ts';

/** Reads the text. Everything that is wrong is collected, with its place. */
export function readAnsibleYaml(text: string): {
  readonly tree: AnsibleTree;
  readonly problems: readonly InventoryProblem[];
} {
  const lines = new LineCounter();
  const doc = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    merge: true,
    // Ansible takes the last of two equal keys.
    uniqueKeys: false,
    // Tags such as !vault are no mistake; their values are of no use here.
    logLevel: 'error',
  });
  const reader = new YamlReader(doc, lines);
  if (doc.errors.length > 0) {
    for (const error of doc.errors) reader.complain(error.pos[0], '', syntaxMessage(error));
  } else if (isMap(doc.contents)) {
    for (const pair of doc.contents.items) reader.readGroup(keyOf(pair), pair.value, []);
  } else {
    reader.complain(0, '', 'expected groups with their hosts, found something else');
  }
  return { tree: reader.tree, problems: reader.problems };
}

const expectedNames = 'expected names with a colon, found something else';

/** Groups in groups, two levels of the file for each. */
const deepest = 200;

/** Maps that are read, those that aliases repeat among them. */
const mostMaps = 100_000;

class YamlReader {
  readonly tree = new AnsibleTree();
  readonly problems: InventoryProblem[] = [];
  readonly #doc: Document;
  readonly #lines: LineCounter;
  #maps = 0;

  constructor(doc: Document, lines: LineCounter) {
    this.#doc = doc;
    this.#lines = lines;
  }

  complain(offset: number, key: string, message: string): void {
    const { line, col } = this.#lines.linePos(offset);
    this.problems.push({ line: Math.max(line, 1), column: Math.max(col, 1), key, message });
  }

  readGroup(name: string, value: unknown, path: readonly string[]): void {
    const here = [...path, name];
    this.tree.addGroup(name);
    for (const pair of this.#pairs(value, here)) {
      const key = keyOf(pair);
      const inner = [...here, key];
      if (key === 'hosts') this.#readHosts(name, pair.value, inner);
      else if (key === 'vars') this.tree.addVariables(name, this.#variables(pair.value, inner));
      else if (key === 'children') this.#readChildren(name, pair.value, inner);
    }
  }

  #readChildren(group: string, value: unknown, path: readonly string[]): void {
    for (const pair of this.#pairs(value, path)) {
      const child = keyOf(pair);
      this.tree.addChild(group, child);
      this.readGroup(child, pair.value, path);
    }
  }

  #readHosts(group: string, value: unknown, path: readonly string[]): void {
    for (const pair of this.#pairs(value, path)) {
      const { name, port } = splitPort(keyOf(pair));
      const given = this.#variables(pair.value, [...path, name]);
      const variables = { ...(port !== undefined && { ansible_port: port }), ...given };
      try {
        for (const host of expandRanges(name)) this.tree.addHost(group, host, variables);
      } catch (error) {
        this.complain(offsetOf(pair.key), path.join('.'), (error as Error).message);
      }
    }
  }

  #variables(value: unknown, path: readonly string[]): Variables {
    const scalars = this.#pairs(value, path).filter((pair) => isScalar(pair.value));
    return Object.fromEntries(scalars.map((pair) => [keyOf(pair), valueOf(pair.value)]));
  }

  /** The pairs of a map, what an alias or `<<` brings in among them. An empty value is an empty map. */
  #pairs(value: unknown, path: readonly string[]): readonly Pair[] {
    const node = isAlias(value) ? value.resolve(this.#doc) : value;
    if (isMap(node)) return this.#count(node.items, value, path);
    const isEmpty = node === null || (isScalar(node) && node.value === null);
    if (!isEmpty) this.complain(offsetOf(value), path.join('.'), expectedNames);
    return [];
  }

  /** Aliases can repeat what contains them, without end. */
  #count(items: readonly Pair[], at: unknown, path: readonly string[]): readonly Pair[] {
    this.#maps = path.length > deepest && this.#maps < mostMaps ? mostMaps : this.#maps + 1;
    if (this.#maps === mostMaps)
      this.complain(offsetOf(at), path[0] ?? '', 'too much for a list of hosts');
    if (this.#maps >= mostMaps) return [];
    const own = items.filter((pair) => keyOf(pair) !== '<<');
    const merged = items.filter((pair) => keyOf(pair) === '<<');
    return [...merged.flatMap((pair) => this.#pairs(pair.value, [...path, '<<'])), ...own];
  }
}

function offsetOf(node: unknown): number {
  return (isNode(node) ? node.range?.[0] : undefined) ?? 0;
}

function keyOf({ key }: Pair): string {
  return textOf(key);
}

/** Ansible reads YAML 1.1, where a number may be written in other ways: `022` is 18. */
function valueOf(node: unknown): string {
  const text = textOf(node);
  const isPlain = isScalar(node) && node.type === 'PLAIN';
  return isPlain ? (yaml11Int(text) ?? text) : text;
}

function textOf(node: unknown): string {
  return isScalar(node) ? (node.source ?? String(node.value)) : String(node);
}
