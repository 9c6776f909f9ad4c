// Which hosts a command is for: names, comma lists, globs, groups, exclusions.
import { UsageError } from '../errors.ts';
import { didYouMean } from '../suggest.ts';
import type { Inventory } from './inventory.ts';
import { allHosts, defaultHost, localHost } from './local-host.ts';

/** What the user asked for. */
export interface Selection {
  /** Values of `--host`; each may be a comma list. */
  readonly selectors: readonly string[];
  /** `--all`: every host of the inventory; this machine when the inventory names none. */
  readonly all: boolean;
  /** `--local`: this machine, besides what else is selected. */
  readonly local: boolean;
}

type Names = Pick<Inventory, 'hostNames' | 'groupNames' | 'membersOf' | 'data'>;

/**
 * Names of the selected hosts in the order of the file, each once. A selector is a name, a glob (`web-*`, `db-?`), a
 * group (`@web`, `@web-*`), or one of these after `!`, which takes hosts away. Exclusions alone are taken from all.
 * Without any selection: the default host, else `local`.
 * @throws UsageError when a selector matches nothing, or everything is excluded
 */
export function selectHosts(inventory: Names, selection: Selection): string[] {
  const terms = selection.selectors.flatMap((selector) => termsOf(selector));
  const wanted = terms.filter((term) => !term.startsWith('!'));
  const unwanted = terms.filter((term) => term.startsWith('!')).map((term) => term.slice(1));
  const included = new Set(wanted.flatMap((term) => resolve(inventory, term)));
  if (selection.local) included.add(localHost);
  const nothingNamed = wanted.length === 0 && !selection.local;
  if (selection.all || (nothingNamed && unwanted.length > 0)) addAll(inventory, included);
  else if (nothingNamed) included.add(defaultHost(inventory));
  const excluded = new Set(unwanted.flatMap((term) => resolve(inventory, term)));
  const selected = allHosts(inventory).filter((name) => included.has(name) && !excluded.has(name));
  if (selected.length > 0) return selected;
  throw new UsageError(`${selection.selectors.join(' ')} excludes every host that it selects`, {
    hint: 'Leave out an exclusion, or name another host',
  });
}

function termsOf(selector: string): string[] {
  const terms = selector
    .split(',')
    .map((term) => term.trim())
    .filter((term) => term !== '');
  if (terms.length > 0) return terms;
  throw new UsageError('--host needs the name of a host', {
    hint: "Write a name, a list a,b, a glob 'web-*', a group @web, or an exclusion '!web-1'",
  });
}

function addAll(inventory: Names, included: Set<string>): void {
  const names = inventory.hostNames.length > 0 ? inventory.hostNames : [localHost];
  for (const name of names) included.add(name);
}

function resolve(inventory: Names, term: string): readonly string[] {
  if (term.startsWith('@')) return resolveGroup(inventory, term.slice(1));
  const names = allHosts(inventory);
  if (names.includes(term)) return [term];
  // A glob means hosts of the file; this machine must be meant, not caught by `*`.
  const matches = isGlob(term) ? inventory.hostNames.filter(globMatcher(term)) : [];
  if (matches.length > 0) return matches;
  const message = isGlob(term) ? `No host matches ${term}` : `Unknown host "${term}"`;
  throw new UsageError(message, { hint: didYouMean(term, names) ?? listOf('Hosts', names) });
}

function resolveGroup(inventory: Names, term: string): readonly string[] {
  const { groupNames } = inventory;
  const groups = isGlob(term)
    ? groupNames.filter(globMatcher(term))
    : groupNames.filter((name) => name === term);
  if (groups.length === 0) {
    const message = isGlob(term) ? `No group matches @${term}` : `Unknown group "${term}"`;
    const near = didYouMean(`@${term}`, atNames(groupNames));
    throw new UsageError(message, { hint: near ?? listOf('Groups', atNames(groupNames)) });
  }
  const members = groups.flatMap((group) => inventory.membersOf(group));
  if (members.length > 0) return members;
  throw new UsageError(`No host is in ${groups.map((group) => `@${group}`).join(' or ')}`, {
    hint: 'A host joins a group with its key "groups"',
  });
}

function atNames(names: readonly string[]): string[] {
  return names.map((name) => `@${name}`);
}

function listOf(kind: string, names: readonly string[]): string {
  if (names.length === 0) return `${kind}: none`;
  const more = names.length > 10 ? `, … (${names.length} in all)` : '';
  return `${kind}: ${names.slice(0, 10).join(', ')}${more}`;
}

function isGlob(term: string): boolean {
  return /[*?]/.test(term);
}

function globMatcher(glob: string): (name: string) => boolean {
  const pattern = glob
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll(/\*+/g, '.*')
    .replaceAll('?', '.');
  const expression = new RegExp(`^${pattern}$`);
  return (name) => expression.test(name);
}
