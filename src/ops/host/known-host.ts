// Hosts as the inventory knows them: by name, with near names for a misspelt one.
import { UsageError } from '../../errors.ts';
import type { Inventory } from '../../hosts/inventory.ts';
import { didYouMean } from '../../suggest.ts';
import type { HostEntry } from './new-host.ts';

/** This machine: a host that exists without being named. */
export const localName = 'local';

/** Every host, `local` first unless the file names it elsewhere. */
export function allHosts({ hostNames }: Inventory): readonly string[] {
  return hostNames.includes(localName) ? hostNames : [localName, ...hostNames];
}

/**
 * Checks that the inventory has a host of that name; `local` always exists.
 * @throws UsageError with near names
 */
export function requireHost(inventory: Inventory, name: string): void {
  const known = allHosts(inventory);
  if (known.includes(name)) return;
  throw new UsageError(`There is no host "${name}" in the inventory`, {
    hint: didYouMean(name, known) ?? 'See which there are with: occ host list',
  });
}

/** What the file says of a host; undefined when it does not name it. */
export function entryOf(inventory: Inventory, name: string): HostEntry | undefined {
  if (!inventory.hostNames.includes(name)) return undefined;
  return inventory.data.hosts?.[name] ?? {};
}

/** Where ssh goes for a host; undefined for this machine. */
export function addressOf(inventory: Inventory, name: string): string | undefined {
  return name === localName ? undefined : (entryOf(inventory, name)?.address ?? name);
}

/** The host that commands use when none is selected. */
export function defaultHost({ data }: Inventory): string {
  return data.default_host ?? localName;
}
