// Hosts as the inventory knows them: by name, with near names for a misspelt one.
import { UsageError } from '../../errors.ts';
import type { Inventory } from '../../hosts/inventory.ts';
import { allHosts, defaultHost, localHost } from '../../hosts/local-host.ts';
import { didYouMean } from '../../suggest.ts';
import type { HostEntry } from './new-host.ts';

/** A host as the inventory describes it. */
export interface KnownHost {
  readonly name: string;
  /** Where ssh goes; null for this machine. */
  readonly address: string | null;
  readonly groups: readonly string[];
  /** True for the host that commands use when none is selected. */
  readonly default: boolean;
}

/** What the inventory says of a host, its settings aside. */
export function knownHost(inventory: Inventory, name: string): KnownHost {
  const entry = entryOf(inventory, name);
  return {
    name,
    address: name === localHost ? null : (entry?.address ?? name),
    groups: entry?.groups ?? [],
    default: name === defaultHost(inventory),
  };
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
