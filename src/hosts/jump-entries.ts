// What the inventory says of a jump host: host keys and passwords of the entries that its name or address leads to.
import { parseAddress, type ParsedAddress } from '../transport/ssh/ssh-target.ts';
import type { HostSettings } from './inventory-schema.ts';
import type { Inventory } from './inventory.ts';
import { localHost } from './local-host.ts';

const sshPort = 22;

type Entries = Pick<Inventory, 'hostNames' | 'settingsOf'>;

/**
 * Answers which host keys are pinned for a jump host, `[user@]host[:port]`. The user does not matter: keys belong to
 * machines. Where several entries are meant, the keys of all are accepted. Undefined when none pins any.
 */
export function pinsOfJump(inventory: Entries): (jump: string) => readonly string[] | undefined {
  return (jump) => {
    const pins = entriesOf(inventory, jump).flatMap(({ host_keys }) => host_keys ?? []);
    return pins.length === 0 ? undefined : [...new Set(pins)];
  };
}

/** Answers whether a password may be asked for at a jump host: any entry that is meant says so. */
export function passwordAtJump(inventory: Entries): (jump: string) => boolean {
  return (jump) => entriesOf(inventory, jump).some(({ password_login }) => password_login);
}

/**
 * The entries that are meant: the name is the host, and the jump host names no port or the entry's; or the host and port
 * of the address are the same.
 */
function entriesOf(inventory: Entries, jump: string): HostSettings[] {
  const wanted = parseAddress(jump, jump);
  return inventory.hostNames
    .filter((name) => name !== localHost)
    .map((name) => ({ name, settings: inventory.settingsOf(name) }))
    .filter(({ name, settings }) => isMeant(wanted, name, settings))
    .map(({ settings }) => settings);
}

function isMeant(wanted: ParsedAddress, name: string, settings: HostSettings): boolean {
  const address = parseAddress(settings.address ?? name, name);
  const port = address.port ?? settings.ssh_port ?? sshPort;
  if (isSame(wanted.host, name)) return wanted.port === undefined || wanted.port === port;
  return isSame(wanted.host, address.host) && (wanted.port ?? sshPort) === port;
}

function isSame(first: string, second: string): boolean {
  return first.toLowerCase() === second.toLowerCase();
}
