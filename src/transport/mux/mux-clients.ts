// How many clients a master has now: some of them do not bear one of ours.
import { readFile } from 'node:fs/promises';

/**
 * Counts who is connected to a master's socket, by the kernel's table of Unix sockets (proc(5), /proc/net/unix).
 *
 * A master notes for a client in its usual mode (`ssh HOST` over it, `ssh -W`) the number of its session where it notes for
 * others the server's number of a channel. When a client in proxy mode closes a channel of that number, the master
 * takes the one for the other, closes the channel a second time once the client has left, and is disconnected by the server,
 * with everybody's sessions (channel_by_remote_id of channels.c, OpenSSH 7.4 to 10.x at least; seen with 9.2).
 * @returns undefined where that cannot be known, as on macOS
 */
export async function countClients(controlPath: string): Promise<number | undefined> {
  const table = await readFile('/proc/net/unix', 'latin1').catch(() => undefined);
  return table === undefined ? undefined : clientsIn(table, controlPath);
}

/** Connected, not listening (`SS_CONNECTED` of linux/net.h). */
const connected = '03';

/** ssh binds its socket under a temporary name, which is the one that the kernel remembers (muxserver_listen). */
const temporary = /^\.[A-Za-z0-9]{16}$/;

/** The same in a table that was read. Pure. */
export function clientsIn(table: string, controlPath: string): number {
  const path = Buffer.from(controlPath, 'utf8').toString('latin1');
  return table.split('\n').filter((line) => {
    const [, , , , , state, , ...name] = line.split(' ').filter((word) => word !== '');
    const bound = name.join(' ');
    if (state !== connected || !bound.startsWith(path)) return false;
    const rest = bound.slice(path.length);
    return rest === '' || temporary.test(rest);
  }).length;
}
