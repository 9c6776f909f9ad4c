// Changes an inventory's YAML document in place, so that comments, order and style of the rest stay.
import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  Pair,
  Scalar,
  YAMLMap,
  type Alias,
  type Document,
  type Node,
} from 'yaml';
import { UsageError } from '../errors.ts';
import { didYouMean } from '../suggest.ts';
import type { InventoryEdit, Layer } from './inventory.ts';

/** Order of the keys at the top of the file; a new one is put at its place. */
const topKeys = ['version', 'default_host', 'defaults', 'groups', 'hosts'];

/** Characters; a list that is longer gets a line for each item. */
const longestFlow = 100;

/** The changes, applied to the document. */
export function editorOf(doc: Document): InventoryEdit {
  return {
    set(layer, key, value) {
      layerMap(doc, layer).set(key, toNode(doc, value));
    },
    unset(layer, key) {
      const map = existingLayer(doc, layer);
      if (map?.has(key)) map.delete(key);
    },
    addHost(name, { address, groups, ...settings }) {
      const hosts = childMap(doc, topMap(doc), 'hosts');
      if (hosts.has(name)) throw new UsageError(`There is a host ${name} already`);
      const values = { address, groups, ...settings };
      const given = Object.entries(values).filter(([, value]) => value !== undefined);
      const host = new YAMLMap();
      for (const [key, value] of given) host.set(new Scalar(key), toNode(doc, value));
      hosts.set(new Scalar(name), host);
    },
    addGroup(name) {
      layerMap(doc, { group: name });
    },
    removeHost(name) {
      const top = topMap(doc);
      const hosts = top.get('hosts', true);
      if (!isMap(hosts) || !hosts.has(name)) throw unknownHost(name, hosts);
      hosts.delete(name);
      if (top.get('default_host') === name) top.delete('default_host');
    },
    setDefaultHost(name) {
      const top = topMap(doc);
      if (name === undefined) top.delete('default_host');
      else setTop(top, 'default_host', new Scalar(name));
    },
  };
}

function unknownHost(name: string, hosts: unknown): UsageError {
  const names = isMap(hosts) ? hosts.items.map(({ key }) => String(key)) : [];
  return new UsageError(`There is no host ${name}`, { hint: didYouMean(name, names) });
}

function layerMap(doc: Document, layer: Layer): YAMLMap {
  const top = topMap(doc);
  if (layer === 'defaults') return childMap(doc, top, 'defaults');
  const [section, name] = sectionOf(layer);
  return childMap(doc, childMap(doc, top, section), name);
}

/** The map of a layer for taking things away: nothing is created. An alias is replaced by what it stands for. */
function existingLayer(doc: Document, layer: Layer): YAMLMap | undefined {
  const path = layer === 'defaults' ? ['defaults'] : sectionOf(layer);
  return doc.hasIn(path) ? layerMap(doc, layer) : undefined;
}

function sectionOf(layer: Exclude<Layer, 'defaults'>): [section: string, name: string] {
  return 'group' in layer ? ['groups', layer.group] : ['hosts', layer.host];
}

/** The map at the top. An empty file gets one, with the version. */
function topMap(doc: Document): YAMLMap {
  if (isMap(doc.contents)) return doc.contents;
  const map = new YAMLMap();
  keepComments(doc.contents, map);
  doc.contents = map;
  setTop(map, 'version', new Scalar(1));
  return map;
}

function childMap(doc: Document, parent: YAMLMap, key: string): YAMLMap {
  const child = parent.get(key, true) as Node | undefined;
  if (isMap(child)) return unfold(child);
  const map = isAlias(child) ? mergeOf(child) : new YAMLMap();
  keepComments(child, map);
  if (parent.has(key)) parent.set(key, map);
  else if (topKeys.includes(key) && parent === doc.contents) setTop(parent, key, map);
  else unfold(parent).set(new Scalar(key), map);
  return map;
}

/** `{}` is written only because a block cannot be empty. */
function unfold(map: YAMLMap): YAMLMap {
  if (map.items.length === 0) map.flow = false;
  return map;
}

/** A map of its own that still follows the anchor: `<<: *anchor`. */
function mergeOf(alias: Alias): YAMLMap {
  const map = new YAMLMap();
  map.items.push(new Pair(new Scalar('<<'), alias));
  return map;
}

/** An empty value may carry comments, such as settings that are commented out. */
function keepComments(from: unknown, to: YAMLMap): void {
  if (!isScalar(from)) return;
  if (from.commentBefore) to.commentBefore = from.commentBefore;
  if (from.comment) to.comment = from.comment;
}

function setTop(top: YAMLMap, key: string, value: Node): void {
  if (top.has(key)) {
    top.set(key, isScalar(value) ? value.value : value);
    return;
  }
  const rank = topKeys.indexOf(key);
  const next = top.items.findIndex((pair) => topKeys.indexOf(String(pair.key)) > rank);
  const name = new Scalar(key);
  if (isMap(value) && top.items.length > 0) name.spaceBefore = true;
  top.items.splice(next === -1 ? top.items.length : next, 0, new Pair(name, value));
}

function toNode(doc: Document, value: unknown): unknown {
  // A plain value keeps the old value's node, with its comment and its quotes.
  if (typeof value !== 'object' || value === null) return value;
  // Host keys are too long for one line.
  const node = doc.createNode(value, { flow: JSON.stringify(value).length <= longestFlow });
  return isNode(node) ? node : value;
}
