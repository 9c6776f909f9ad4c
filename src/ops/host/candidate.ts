// An inventory as it would be with one more host, in memory only: for connecting before anything is written.
import { answersFrom } from '../../hosts/effective-settings.ts';
import type { Inventory } from '../../hosts/inventory.ts';
import type { InventoryData } from '../../hosts/inventory-schema.ts';
import type { NewHost } from './new-host.ts';

/** The inventory with the host. Its groups count as declared; `edit` changes the real file. */
export function withHost(inventory: Inventory, { name, entry }: NewHost): Inventory {
  const declared = Object.fromEntries((entry.groups ?? []).map((group) => [group, null]));
  const data: InventoryData = {
    ...inventory.data,
    groups: { ...declared, ...inventory.data.groups },
    hosts: { ...inventory.data.hosts, [name]: entry },
  };
  return { ...inventory, ...answersFrom(data) };
}
