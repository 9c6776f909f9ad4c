// host.show: what the inventory says of one host. Does not connect to it.
import { z } from 'zod';
import type { Inventory } from '../../hosts/inventory.ts';
import {
  effectiveSettings,
  originCell,
  valueCell,
  type EffectiveSetting,
} from '../config/effective.ts';
import { inventoryOperation } from '../operation.ts';
import type { View } from '../view.ts';
import { knownHost, requireHost, type KnownHost } from './known-host.ts';

/** What the inventory says of one host. */
export interface ShownHost extends KnownHost {
  readonly settings: readonly EffectiveSetting[];
}

/** Shows the settings that hold for a host, and where each comes from. */
export const operation = inventoryOperation({
  name: 'host.show',
  summary: 'Show what the inventory says of a host',
  examples: [
    { command: 'occ host show web-1', explanation: 'address, groups, effective settings' },
  ],
  input: z.object({ name: z.string().describe('Name of the host') }),
  positionals: ['name'],
  effect: 'read',
  run: ({ inventory }, { name }) => Promise.resolve(showHost(inventory, name)),
  present: presentHost,
});

function showHost(inventory: Inventory, name: string): ShownHost {
  requireHost(inventory, name);
  return { ...knownHost(inventory, name), settings: effectiveSettings(inventory, name) };
}

function presentHost(host: ShownHost): readonly View[] {
  const set = host.settings.filter(({ value }) => value !== null);
  return [
    {
      kind: 'fields',
      title: host.name,
      fields: [
        { label: 'address', value: host.address ?? 'this machine' },
        { label: 'groups', value: host.groups.join(', ') || '-' },
        { label: 'default', value: host.default ? 'yes' : 'no' },
      ],
    },
    {
      kind: 'table',
      columns: ['setting', 'value', 'from'],
      rows: set.map((each) => [each.key, valueCell(each), originCell(each)]),
    },
  ];
}
