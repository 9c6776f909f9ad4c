// Who starts a master, and when: one at a time for each socket, a few at once in a run, none soon after one that failed.
import { open, readFile, stat, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import PQueue from 'p-queue';
import { removeFile } from './ssh-warm-directory.ts';

/** Masters that one run starts at the same time: each is a login, and bastions drop what comes in a burst. */
const startsAtOnce = 4;

/** Milliseconds by which starts that had to wait are spread. */
const jitterMs = 50;

/** Milliseconds after which nobody waits any more for a start, and those for which a host that refused is left alone. */
const validMs = { starting: 60_000, failed: 600_000 } as const;

type StartState = keyof typeof validMs;

const queue = new PQueue({ concurrency: startsAtOnce });

/** The file beside a socket that says that it is being made, or could not be. */
export function startFile(socket: string): string {
  return `${socket}.start`;
}

/**
 * Claims the right to start the master of a socket.
 * @returns false when somebody is at it, or failed lately
 */
export async function claimStart(socket: string): Promise<boolean> {
  const file = startFile(socket);
  if (await create(file)) return true;
  const state = await readState(file);
  if (state !== undefined && state.ageMs < validMs[state.kind]) return false;
  await removeFile(file);
  return create(file);
}

/** True while somebody may be starting the master of a socket. */
export async function isStarting(socket: string): Promise<boolean> {
  const state = await readState(startFile(socket));
  return state?.kind === 'starting' && state.ageMs < validMs.starting;
}

/** Ends a claim: the master is up, or whatever it was is over. */
export async function forgetStart(socket: string): Promise<void> {
  await removeFile(startFile(socket));
}

/** Ends a claim with the word that it failed, so that the host is left alone for a while. */
export async function noteFailedStart(socket: string): Promise<void> {
  const failed: StartState = 'failed';
  await writeFile(startFile(socket), failed, { mode: 0o600 }).catch(() => undefined);
}

/** Runs a start when fewer than four others run. Nothing here keeps the process alive. */
export async function takeTurn<T>(start: () => Promise<T>): Promise<T> {
  const mustWait = queue.pending >= startsAtOnce;
  return queue.add(async () => {
    if (mustWait) await delay(Math.random() * jitterMs, undefined, { ref: false });
    return start();
  });
}

async function create(file: string): Promise<boolean> {
  const starting: StartState = 'starting';
  try {
    await using handle = await open(file, 'wx', 0o600);
    await handle.writeFile(starting);
    return true;
  } catch {
    return false;
  }
}

async function readState(file: string): Promise<{ kind: StartState; ageMs: number } | undefined> {
  try {
    const [text, { mtimeMs }] = await Promise.all([readFile(file, 'utf8'), stat(file)]);
    const kind: StartState = text === 'failed' ? 'failed' : 'starting';
    // A clock that was put back must not make it last for ever.
    return { kind, ageMs: Math.abs(Date.now() - mtimeMs) };
  } catch {
    return undefined;
  }
}
