// Uses a connection that is open already: the user's own master, or the one that occ keeps.
import { join } from 'node:path';
import type { ConnectDeadline } from '../ssh/ssh-deadline.ts';
import type { Carrier } from '../ssh/ssh-connection.ts';
import { countClients } from '../mux/mux-clients.ts';
import { askMaster, attachMaster, MuxError, type AttachedMaster } from '../mux/mux-client.ts';
import { refusedEnd } from '../mux/mux-forwards.ts';
import type { SshPlace } from '../ssh/ssh-place.ts';
import type { SshOptions } from '../ssh/ssh-target.ts';
import { usersMaster } from './ssh-users-master.ts';
import { KeptConnection } from './ssh-warm-connection.ts';
import { isOwnSocket, removeFile } from './ssh-warm-directory.ts';
import { socketPath, type KnownHop } from './ssh-warm-identity.ts';
import { forgetStart } from './ssh-warm-starts.ts';

/** Milliseconds that a master on this machine has to answer. It does at once, unless it was stopped. */
const masterMs = 2000;

/** Most milliseconds that a host has for a sign of life on a connection that was kept. */
export const signOfLifeMs = 3000;

/** Files that lie beside the socket of a master of ours (openssh-master.ts). */
const besides = ['.keys', '.via', refusedEnd];

/** A connection that somebody keeps, and where. */
export interface LiveMaster {
  readonly controlPath: string;
  /** Whether occ started it, and so may end it. */
  readonly isOurs: boolean;
}

/** What is needed to use it. */
export interface UseContext {
  readonly place: SshPlace;
  readonly deadline: ConnectDeadline;
  /** Seconds that connecting may take. */
  readonly seconds: number;
}

/**
 * The masters that could be used for a server, the user's own first. Whether they work is not known.
 * @throws the signal's reason
 */
export async function liveMasters(
  hop: KnownHop,
  options: SshOptions,
  signal: AbortSignal,
): Promise<LiveMaster[]> {
  const theirs = await usersMaster(hop.target, hop.config, { ...options, signal });
  const ours = await ownMaster(hop, options);
  return [
    ...(theirs === undefined ? [] : [{ controlPath: theirs, isOurs: false }]),
    ...(ours === undefined ? [] : [{ controlPath: ours, isOurs: true }]),
  ];
}

/** The first of {@link liveMasters} that answers. */
export async function answeringMaster(
  hop: KnownHop,
  options: SshOptions,
  signal: AbortSignal,
): Promise<LiveMaster | undefined> {
  for (const master of await liveMasters(hop, options, signal)) {
    const state = await askMaster(master.controlPath, 'check').catch(() => 'absent' as const);
    if (state === 'alive') return master;
  }
  return undefined;
}

/** Path of the socket that occ keeps for a server, when it is there and nobody else can use it. */
async function ownMaster(hop: KnownHop, options: SshOptions): Promise<string | undefined> {
  const { runtimeDir } = options;
  if (runtimeDir === undefined || socketPath(hop, options) === undefined) return undefined;
  return (await isOwnSocket(runtimeDir, hop.socket)) ? join(runtimeDir, hop.socket) : undefined;
}

/**
 * Uses a master. When the host then gives no sign of life, the connection is exchanged for what `anew` connects.
 * @returns undefined when the master cannot be used; what is left of one of ours is removed then
 * @throws the deadline's reason
 */
export async function useMaster(
  master: LiveMaster,
  { place, deadline, seconds }: UseContext,
  anew: () => Promise<Carrier>,
): Promise<Carrier | undefined> {
  // Where that cannot be known, it is not risked: it could cost the user's open sessions (mux-clients.ts).
  if (!master.isOurs && (await countClients(master.controlPath)) !== 0) return undefined;
  const attached = await attach(master, deadline.signal);
  if (attached === undefined) return undefined;
  const replace = async (): Promise<Carrier> => {
    if (master.isOurs) await endMaster(master.controlPath);
    return anew();
  };
  const patienceMs = Math.min(signOfLifeMs, seconds * 1000);
  return new KeptConnection({ ...attached, place, patienceMs, replace });
}

/** Ends a master of ours and removes its socket, also when it no longer answers. */
export async function endMaster(controlPath: string): Promise<'ended' | 'absent'> {
  const found = await askMaster(controlPath, 'exit').catch(() => 'alive' as const);
  // A master that was stopped keeps its socket; without it nobody finds it, and it ends by itself when it goes on.
  await removeFile(controlPath);
  await forgetStart(controlPath);
  await Promise.all(besides.map((end) => removeFile(`${controlPath}${end}`)));
  return found === 'alive' ? 'ended' : 'absent';
}

async function attach(
  { controlPath, isOurs }: LiveMaster,
  signal: AbortSignal,
): Promise<AttachedMaster | undefined> {
  try {
    const attached = await attachMaster(controlPath, {
      signal,
      timeoutMs: masterMs,
      owned: isOurs,
    });
    if (isOurs) await forgetStart(controlPath);
    return attached;
  } catch (error) {
    if (!(error instanceof MuxError)) throw error;
    // Left behind by one that was killed, or stopped: in the way of the next.
    if (isOurs && error.reason !== 'absent') await removeFile(controlPath);
    return undefined;
  }
}
