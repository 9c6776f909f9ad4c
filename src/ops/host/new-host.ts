// What `host add` was asked to add: the name, and the entry for the inventory.
import { UsageError } from '../../errors.ts';
import { namePattern, type InventoryData } from '../../hosts/inventory-schema.ts';
import { shellWord } from '../../shell-word.ts';
import { localHost } from '../../hosts/local-host.ts';

/** A host as written in the inventory. */
export type HostEntry = NonNullable<NonNullable<InventoryData['hosts']>[string]>;

/** The keys of an entry that `host add` takes as options of the same name. */
const connectionKeys = [
  'address',
  'ssh_user',
  'ssh_port',
  'identity_file',
  'proxy_jump',
  'ssh_config',
  'password_login',
] as const;

type ConnectionKey = (typeof connectionKeys)[number];

type ConnectionOptions = { readonly [key in ConnectionKey]?: HostEntry[key] };

/** The input of `host add`, the part that describes the host. */
export interface NewHostInput extends ConnectionOptions {
  /** A name, or a destination that a name is derived from. */
  readonly name: string;
  readonly group: readonly string[];
}

/** A host to add. */
export interface NewHost {
  readonly name: string;
  readonly entry: HostEntry;
}

/**
 * Reads what was asked for. A destination such as `ops@203.0.113.7:2222` becomes the address, and its host part the name.
 * @throws UsageError when no name can be derived, something is said twice, or `local` is given a way to reach it
 */
export function newHostOf(input: NewHostInput): NewHost {
  const isName = namePattern.test(input.name);
  if (!isName && input.address !== undefined) throw badName(input.name);
  const name = isName ? input.name : deriveName(input.name);
  const address = isName ? input.address : input.name;
  const options = connectionKeys.map((key) => [key, key === 'address' ? address : input[key]]);
  // A switch that was not given says nothing: the groups and defaults decide.
  const given = options.filter(([, value]) => value !== undefined && value !== false);
  const [firstKey] = given[0] ?? [];
  if (name === localHost && firstKey !== undefined) {
    const message = `${localHost} is this machine, so it has no ${String(firstKey)}`;
    throw new UsageError(message, { hint: 'Give the other machine another name' });
  }
  const groups = [...new Set(input.group)];
  const entry = { ...Object.fromEntries(given), ...(groups.length > 0 && { groups }) } as HostEntry;
  return { name, entry };
}

/**
 * A name from `[user@]host[:port]` or `ssh://[user@]host[:port]`: the host part, with `-` for what a name cannot hold.
 * @throws UsageError when nothing is left
 */
export function deriveName(destination: string): string {
  const place = destination.replace(/^ssh:\/\//i, '').replace(/^.*@/, '');
  const bracketed = /^\[([^\]]*)\]/.exec(place)?.[1];
  // One colon comes before a port; more belong to an IPv6 address.
  const host = bracketed ?? place.replace(/^([^:]*):[^:]*$/, '$1');
  const name = host
    .replaceAll(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 63);
  if (!namePattern.test(name) || /[\s/]/.test(host)) throw badName(destination);
  return name;
}

function badName(text: string): UsageError {
  return new UsageError(`"${text}" cannot be the name of a host`, {
    hint:
      'A name has letters, digits, ".", "_" or "-" and starts with a letter or digit; ' +
      'give the destination with --address [user@]host[:port]',
  });
}

/** How what was asked for differs from what the inventory has; only what was asked for is compared. */
export function differences(existing: HostEntry, wanted: HostEntry): readonly string[] {
  const lines = connectionKeys
    .filter((key) => wanted[key] !== undefined && wanted[key] !== existing[key])
    .map((key) => `${key} is ${existing[key] ?? 'not set'}, not ${wanted[key] ?? ''}`);
  const missing = (wanted.groups ?? []).filter((group) => !existing.groups?.includes(group));
  return missing.length === 0 ? lines : [...lines, `it is not in group ${missing.join(', ')}`];
}

/** The commands that make an existing host what was asked for. */
export function changeCommands(
  name: string,
  existing: HostEntry,
  wanted: HostEntry,
): readonly string[] {
  const set = `occ --host ${name} config set`;
  const commands = connectionKeys
    .filter((key) => wanted[key] !== undefined && wanted[key] !== existing[key])
    .map((key) => `${set} ${key} ${shellWord(String(wanted[key] ?? ''))}`);
  const groups = new Set([...(existing.groups ?? []), ...(wanted.groups ?? [])]);
  if (groups.size === (existing.groups ?? []).length) return commands;
  return [...commands, `${set} groups ${[...groups].join(',')}`];
}

/** The commands that add a host as it is: for adding it again after it was removed, or without a test. */
export function addCommands({ name, entry }: NewHost): readonly string[] {
  const { groups = [], ...settings } = entry;
  const words = ['occ host add', name];
  const others: string[] = [];
  for (const [key, value] of Object.entries(settings)) {
    if (isOption(key, value)) words.push(optionOf(key, value));
    else others.push(`occ --host ${name} config set ${key} ${shellWord(String(value))}`);
  }
  const groupOptions = groups.map((group) => `--group ${group}`);
  return [[...words, ...groupOptions].join(' '), ...others];
}

/** A switch can be turned on only. */
function isOption(key: string, value: unknown): boolean {
  return value !== false && connectionKeys.some((each) => each === key);
}

function optionOf(key: string, value: unknown): string {
  const option = `--${key.replaceAll('_', '-')}`;
  return value === true ? option : `${option} ${shellWord(String(value))}`;
}
