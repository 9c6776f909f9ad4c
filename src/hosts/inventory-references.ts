// Checks what the schema cannot: that names lead to something, that addresses can be read, what `local` may have.
import { ConnectError, type InventoryProblem } from '../errors.ts';
import { didYouMean } from '../suggest.ts';
import { parseAddress } from '../transport/ssh/ssh-target.ts';
import { foundOf } from './expected.ts';
import type { Located } from './inventory-location.ts';
import { nameRule } from './inventory-schema.ts';
import { localHost } from './local-host.ts';

type Entries = Readonly<Record<string, unknown>>;

/** Keys that say how ssh reaches a host, so that they mean nothing for this machine. */
const sshKeys = [
  'address',
  'connect_timeout',
  'ssh_user',
  'ssh_port',
  'ssh_config',
  'identity_file',
  'proxy_jump',
  'warm_connections',
  'password_login',
  'host_keys',
] as const;

/** Checks the references between parts of the file. Parts of the wrong type are left to the schema. */
export function crossProblems(raw: unknown, where: Located): InventoryProblem[] {
  const file = entries(raw);
  const hosts = entries(file['hosts']);
  const groups = entries(file['groups']);
  return [
    ...defaultHostProblems(file['default_host'], hosts, where),
    ...protoProblems('groups', groups, where),
    ...protoProblems('hosts', hosts, where),
    ...Object.entries(hosts).flatMap(([name, host]) => [
      ...groupProblems(name, entries(host)['groups'], groups, where),
      ...addressProblems(name, entries(host)['address'], where),
    ]),
    ...localProblems(entries(hosts[localHost]), where),
  ];
}

function defaultHostProblems(name: unknown, hosts: Entries, where: Located): InventoryProblem[] {
  if (typeof name !== 'string' || name === localHost || Object.hasOwn(hosts, name)) return [];
  const near = didYouMean(name, [...Object.keys(hosts), localHost]);
  const message = `expected a host of this file, found ${foundOf(name)}`;
  return [where.problemOfValue(['default_host'], near ? `${message}. ${near}` : message)];
}

function groupProblems(
  host: string,
  names: unknown,
  groups: Entries,
  where: Located,
): InventoryProblem[] {
  if (!Array.isArray(names)) return [];
  return names.flatMap((name: unknown, index) => {
    if (typeof name !== 'string' || Object.hasOwn(groups, name)) return [];
    const near = didYouMean(name, Object.keys(groups));
    const hint = near ?? `Add it to groups as "${name}: {}"`;
    const message = `expected a group of this file, found ${foundOf(name)}. ${hint}`;
    return [where.problemOfValue(['hosts', host, 'groups', index], message)];
  });
}

function addressProblems(host: string, address: unknown, where: Located): InventoryProblem[] {
  if (typeof address !== 'string' || address === '' || host === localHost) return [];
  try {
    parseAddress(address, host);
    return [];
  } catch (cause) {
    if (!(cause instanceof ConnectError)) throw cause;
    const message = `expected [user@]host[:port] or an alias of your ssh configuration, found ${foundOf(address)}`;
    return [where.problemOfValue(['hosts', host, 'address'], message)];
  }
}

function localProblems(local: Entries, where: Located): InventoryProblem[] {
  return sshKeys
    .filter((key) => Object.hasOwn(local, key))
    .map((key) =>
      where.problemOfKey(
        ['hosts', localHost, key],
        'local is this machine, which is not reached by ssh; remove the key or give the host another name',
      ),
    );
}

/** zod drops this name without a word, because it means something else in JavaScript. */
function protoProblems(part: string, names: Entries, where: Located): InventoryProblem[] {
  if (!Object.hasOwn(names, '__proto__')) return [];
  return [
    where.problemOfKey([part, '__proto__'], `expected ${nameRule}, found ${foundOf('__proto__')}`),
  ];
}

function entries(value: unknown): Entries {
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isMap ? (value as Entries) : {};
}
