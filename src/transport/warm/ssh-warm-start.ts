// Starts a master in the background once a connection is up, so that the next command finds an open one.
import { lstat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ConnectDeadline } from '../ssh/ssh-deadline.ts';
import type { MasterSpec } from '../openssh/openssh-master.ts';
import { describePlace, type SshPlace } from '../ssh/ssh-place.ts';
import type { SshOptions } from '../ssh/ssh-target.ts';
import { makePrivateDirectory } from './ssh-warm-directory.ts';
import { socketPath, type KnownHop } from './ssh-warm-identity.ts';
import { answeringMaster } from './ssh-warm-live.ts';
import { claimStart, forgetStart, noteFailedStart, takeTurn } from './ssh-warm-starts.ts';
import { sweepOnce } from './ssh-warm-sweep.ts';

/** Milliseconds that a login in the background may take. */
const patienceMs = 30_000;

/** Starts that are under way in this process, by the path of the socket. */
const underWay = new Map<string, Promise<void>>();

/** A login that succeeded, as far as it tells whether it could be done again without anybody. */
export interface LoginTraces {
  /** A person was asked for something. */
  readonly asked: boolean;
  /** A key was touched, or a signature confirmed. */
  readonly attended: boolean;
}

/**
 * Begins to keep a connection to a server warm, if it is wanted and can be done without asking anybody. Returns at once;
 * nothing waits for it, it keeps no process alive, and nobody is told when it fails: the next command connects as this
 * one did. A host that refused is left alone for a while.
 */
export function keepWarm(
  hop: KnownHop,
  place: SshPlace,
  login: LoginTraces,
  options: SshOptions,
): void {
  const path = socketPath(hop, options);
  if (path === undefined || login.asked || login.attended || underWay.has(path)) return;
  const start = begin(path, hop, place, options)
    .catch(() => undefined)
    .finally(() => underWay.delete(path));
  underWay.set(path, start);
}

/** Waits for a start that this process has under way. */
export async function startOf(path: string): Promise<void> {
  await underWay.get(path);
}

async function begin(
  path: string,
  hop: KnownHop,
  place: SshPlace,
  options: SshOptions,
): Promise<void> {
  if (!(await makePrivateDirectory(dirname(path)))) return;
  if ((await exists(path)) || !(await claimStart(path))) return;
  const signal = AbortSignal.timeout(patienceMs);
  const via = await viaOf(hop, options, signal);
  if (via === 'none') return forgetStart(path);
  try {
    const { startMaster } = await import('../openssh/openssh-master.ts');
    await takeTurn(() => startMaster(specOf(path, hop, { place, options, signal, via })));
    await forgetStart(path);
  } catch {
    await noteFailedStart(path);
  }
  await sweepOnce(dirname(path));
}

/** A jump host is gone through by its own master, and only then: ssh itself would trust it in its own way. */
async function viaOf(
  { via }: KnownHop,
  options: SshOptions,
  signal: AbortSignal,
): Promise<MasterSpec['via'] | 'none'> {
  if (via?.jump === undefined) return undefined;
  const path = socketPath(via, options);
  if (path !== undefined) await startOf(path);
  const live = await answeringMaster(via, options, signal);
  return live === undefined ? 'none' : { controlPath: live.controlPath, jump: via.jump };
}

interface Background {
  readonly place: SshPlace;
  readonly options: SshOptions;
  readonly signal: AbortSignal;
  readonly via: MasterSpec['via'];
}

function specOf(controlPath: string, hop: KnownHop, background: Background): MasterSpec {
  const { place, options, signal, via } = background;
  const { target, config } = hop;
  const text = () => ({ host: target.host, place: describePlace(place) });
  const deadline = new ConnectDeadline(patienceMs / 1000, text, signal);
  // Its clock would keep the process alive; the signal's does not.
  deadline.pause();
  return {
    target,
    config,
    place,
    controlPath,
    persistSeconds: target.warmSeconds ?? 0,
    detach: true,
    via,
    prompter: undefined,
    deadline,
    env: options.env,
    stateDir: options.stateDir,
    fastKex: true,
  };
}

async function exists(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined)) !== undefined;
}
