// Uses a running OpenSSH master (ControlMaster): its connection as an ssh2 client, its health, its end.
import { lstat } from 'node:fs/promises';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from 'ssh2';
import { countClients } from './mux-clients.ts';
import { MuxError, type MuxReason } from './mux-error.ts';
import { forwardCarefully, forwardNothing, readRefused } from './mux-forwards.ts';
import { askMux, type MuxExchange, type MuxOptions } from './mux-socket.ts';
import { clientOver } from './mux-ssh2.ts';

export { MuxError } from './mux-error.ts';

/** What {@link askMaster} waits for an answer, in milliseconds. */
const patienceMs = 2000;

const pollMs = 5;

const nobodyThere: readonly MuxReason[] = ['absent', 'stale', 'ended'];

/** How a master is used. */
export interface AttachOptions extends MuxOptions {
  /**
   * True for a master that occ started. Default: false, others' sessions may run over it; it is then left alive whatever
   * happens, and nothing is forwarded over it, since OpenSSH ends a master for a forwarding that was refused.
   */
  readonly owned?: boolean | undefined;
}

/** A client that needs no login, and the socket under it. */
export interface AttachedMaster {
  readonly client: Client;
  readonly socket: Duplex;
}

/**
 * Puts a connection to a master into proxy mode: commands, ports and Unix sockets of the host by channels of ssh2, with
 * their windows, half-closes, signals and exit codes. Global requests are not possible, so there are no keepalives: the
 * master's own tell whether the host is there. Closing it leaves the master running.
 * @throws MuxError; the signal's reason when it aborts
 */
export async function attachMaster(
  controlPath: string,
  options: AttachOptions,
): Promise<AttachedMaster> {
  const { owned = false } = options;
  const refused = owned ? await readRefused(controlPath) : undefined;
  const { socket, reply } = await askMux(controlPath, 'proxy', options);
  if (reply.kind === 'proxy') {
    // Nothing is awaited from here on: an error must find the caller's listener.
    const hasOthers = async () => ((await countClients(controlPath)) ?? 0) > 1;
    const client = clientOver(socket, { spare: !owned, hasOthers });
    if (refused === undefined) forwardNothing(client);
    else forwardCarefully(client, refused);
    return { client, socket };
  }
  socket.destroy();
  // OpenSSH before 7.4 answers that it does not know the request.
  if (reply.kind === 'failed') {
    throw new MuxError('unsupported', `The master at ${controlPath} has no proxy mode`);
  }
  throw refusal(controlPath, reply);
}

/**
 * Asks a master whether it is there, or to end now, which closes everything that runs over it.
 * @returns `alive` when there was one; `absent` when there is none, also when its socket was left behind or it is ending
 * @throws MuxError when something else listens there, or the master refuses or does not answer
 */
export async function askMaster(
  controlPath: string,
  what: 'check' | 'exit',
): Promise<'alive' | 'absent'> {
  try {
    await (what === 'check' ? check(controlPath) : exit(controlPath));
    return 'alive';
  } catch (error) {
    if (error instanceof MuxError && nobodyThere.includes(error.reason)) return 'absent';
    throw error;
  }
}

async function check(controlPath: string): Promise<void> {
  const { socket, reply } = await askMux(controlPath, 'alive-check', { timeoutMs: patienceMs });
  socket.destroy();
  if (reply.kind !== 'alive') throw refusal(controlPath, reply);
}

/** The master often ends before its answer is out: that it hangs up says the same. */
async function exit(controlPath: string): Promise<void> {
  await check(controlPath);
  const asked = askMux(controlPath, 'terminate', { timeoutMs: patienceMs });
  const reply = await asked.catch((error: unknown) => {
    if (error instanceof MuxError && ['refused', 'timeout'].includes(error.reason)) throw error;
  });
  reply?.socket.destroy();
  if (reply?.reply.kind === 'denied') throw refusal(controlPath, reply.reply);
  await gone(controlPath);
}

/** The socket is removed last; who comes next must not find it. */
async function gone(controlPath: string): Promise<void> {
  const deadline = performance.now() + patienceMs;
  while (performance.now() < deadline) {
    const left = await lstat(controlPath).catch(() => undefined);
    if (left === undefined) return;
    await delay(pollMs);
  }
}

function refusal(controlPath: string, reply: MuxExchange['reply']): MuxError {
  const why = 'why' in reply ? reply.why : `it answered ${reply.kind}`;
  return new MuxError('refused', `The master at ${controlPath} refused: ${why}`);
}
