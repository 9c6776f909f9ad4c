// host.list: the hosts of the inventory. Connects to none.
import { z } from 'zod';
import type { Inventory } from '../../hosts/inventory.ts';
import { inventoryOperation } from '../operation.ts';
import type { View } from '../view.ts';
import { addressOf, allHosts, defaultHost, entryOf } from './known-host.ts';

/** One host of the list. */
export interface ListedHost {
  readonly name: string;
  /** Null for this machine. */
  readonly address: string | null;
  readonly groups: readonly string[];
  /** True for the host that commands use when none is selected. */
  readonly default: boolean;
}

/** The hosts of the inventory. */
export interface HostList {
  readonly path: string;
  readonly hosts: readonly ListedHost[];
}

/** Lists all hosts, whatever is selected. */
export const operation = inventoryOperation({
  name: 'host.list',
  summary: 'List the hosts of the inventory',
  description: 'Connects to none of them: for their state, see "occ status --all".',
  examples: [
    { command: 'occ host list', explanation: 'names, addresses, groups' },
    { command: 'occ host list --json', explanation: 'the same as JSON' },
  ],
  input: z.object({}),
  effect: 'read',
  run: ({ inventory }) => Promise.resolve(listHosts(inventory)),
  present: presentHosts,
});

function listHosts(inventory: Inventory): HostList {
  const hosts = allHosts(inventory).map((name) => ({
    name,
    address: addressOf(inventory, name) ?? null,
    groups: entryOf(inventory, name)?.groups ?? [],
    default: name === defaultHost(inventory),
  }));
  return { path: inventory.file, hosts };
}

function presentHosts({ hosts }: HostList): readonly View[] {
  const rows = hosts.map((host) => [
    host.name,
    host.address ?? { text: 'this machine', tone: 'dim' as const },
    host.groups.join(', '),
    host.default ? 'default' : '',
  ]);
  const table: View = { kind: 'table', columns: ['host', 'address', 'groups', ''], rows };
  const hint = { text: 'Add another machine with: occ host add NAME', tone: 'dim' as const };
  return hosts.length > 1 ? [table] : [table, { kind: 'text', text: hint }];
}
