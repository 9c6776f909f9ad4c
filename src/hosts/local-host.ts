// This machine as a host, which exists without being named, and what follows from that for lists of hosts.
import type { Inventory } from './inventory.ts';

/** The name of this machine. */
export const localHost = 'local';

/** Every host that can be named, in the order of the file; `local` comes first where the file does not name it. */
export function allHosts({ hostNames }: Pick<Inventory, 'hostNames'>): readonly string[] {
  return hostNames.includes(localHost) ? hostNames : [localHost, ...hostNames];
}

/** The host that commands use when none is selected. */
export function defaultHost({ data }: Pick<Inventory, 'data'>): string {
  return data.default_host ?? localHost;
}
