// Which host keys the inventory pins for a jump host: those of the entry that the jump host's name or address leads to.
import { parseAddress, type ParsedAddress } from '../transport/ssh/ssh-target.ts';
import type { HostSettings } from './inventory-schema.ts';
import type { Inventory } from './inventory.ts';
import { localHost } from './local-host.ts';

const sshPort = 22;

/**
 * Answers for a jump host, `[user@]host[:port]`. An entry is meant when its name is the host, and the jump host names no
 * port or the entry's; or when the host and port of its address are the same. The user does not matter: keys belong to
 * machines. Where several entries are meant, the keys of all are accepted. Undefined when none pins any.
 */
export function pinsOfJump(
  inventory: Pick<Inventory, 'hostNames' | 'settingsOf'>,
): (jump: string) => readonly string[] | undefined {
  return (jump) => {
    const wanted = parseAddress(jump, jump);
    const pins = inventory.hostNames
      .filter((name) => name !== localHost)
      .map((name) => ({ name, settings: inventory.settingsOf(name) }))
      .filter(({ name, settings }) => isMeant(wanted, name, settings))
      .flatMap(({ settings }) => settings.host_keys ?? []);
    return pins.length === 0 ? undefined : [...new Set(pins)];
  };
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
