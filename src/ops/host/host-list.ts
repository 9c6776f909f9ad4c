// host.list: the hosts of the inventory. Connects to none.
import { z } from 'zod';
import type { Inventory } from '../../hosts/inventory.ts';
import { allHosts } from '../../hosts/local-host.ts';
import { inventoryOperation } from '../operation.ts';
import type { View } from '../view.ts';
import { knownHost, type KnownHost } from './known-host.ts';

/** The hosts of the inventory. */
export interface HostList {
  readonly path: string;
  readonly hosts: readonly KnownHost[];
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
  const hosts = allHosts(inventory).map((name) => knownHost(inventory, name));
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
