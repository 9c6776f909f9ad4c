// The host's lock: at most one operator changes a host at a time. It releases itself when the connection dies.
import { hostname, userInfo } from 'node:os';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConnectError, LockedError, OccError } from '../errors.ts';
import type { Emit } from '../events.ts';
import type { Host } from '../hosts/host.ts';
import type { HostProcess } from '../transport/transport.ts';
import { childSignal, throwIfAborted, trueCause } from './abort.ts';
import {
  beatSeconds,
  lockCommand,
  lockedLine,
  lockExitCodes,
  parseHolder,
} from './lock-command.ts';

/** Why the lock is taken, and what to tell others. */
export interface LockOptions {
  /** Name of the operation. */
  readonly doing: string;
  /** Who does it. Default: `user@machine` of this machine. */
  readonly operator?: string | undefined;
  readonly emit: Emit;
  readonly signal: AbortSignal;
}

/** How long releasing may take before it is left to the end of the connection. */
const releaseMs = 5_000;

/**
 * Does `work` while the host's lock is held. The signal that `work` gets is aborted also when the lock is lost.
 * Where the host has no flock(1), the user is told and the work is done without a lock.
 * @throws LockedError when somebody else holds it
 */
export async function withLock<T>(
  host: Host,
  options: LockOptions,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { doing, operator = thisOperator(), signal } = options;
  const transport = await host.transport();
  throwIfAborted(signal, host.name);
  // Not given the signal: the lock is held until what was begun has been cleaned up.
  const process = await transport.start(lockCommand(host.settings, { operator, doing }));
  try {
    if (!(await acquire(process, host.name))) {
      options.emit(withoutLock(host.name));
      return await work(signal);
    }
    return await whileHeld(process, host.name, signal, work);
  } finally {
    process.stdin.end();
    const waiting = new AbortController();
    const enough = sleep(releaseMs, undefined, { signal: waiting.signal }).catch(() => undefined);
    await Promise.race([process.exit, enough]);
    waiting.abort();
  }
}

/** `user@machine` of this machine. */
function thisOperator(): string {
  return `${userName()}@${hostname()}`;
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // No password entry for this uid: usual in containers.
    return 'somebody';
  }
}

/** False when the host has no flock(1). */
async function acquire(process: HostProcess, host: string): Promise<boolean> {
  // A process that has ended already breaks the pipe; its exit says why.
  process.stdin.on('error', () => undefined);
  const stderr = textUntil(process.stderr, () => false);
  const answer = await textUntil(process.stdout, (text) => text.includes('\n'));
  if (answer === `${lockedLine}\n`) return true;
  const exit = await process.exit;
  if (exit.kind === 'lost') throw lockLost(host, exit.cause);
  const code = exit.kind === 'exited' ? exit.code : undefined;
  if (code === lockExitCodes.noFlock) return false;
  if (code === lockExitCodes.held) throw heldError(host, answer);
  throw new OccError('lock.failed', `Could not take the host’s lock: ${(await stderr).trim()}`, {
    host,
    hint: 'See that the file is a plain file that everybody may read, or remove it',
  });
}

async function whileHeld<T>(
  process: HostProcess,
  host: string,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { controller, release } = childSignal(signal);
  let working = true;
  const beat = setInterval(() => process.stdin.write('\n'), beatSeconds * 1000).unref();
  void process.exit.then((exit) => {
    const cause = exit.kind === 'lost' ? exit.cause : undefined;
    if (working) controller.abort(lockLost(host, cause));
  });
  try {
    return await work(controller.signal);
  } catch (error) {
    throw trueCause(error, controller.signal);
  } finally {
    working = false;
    clearInterval(beat);
    release();
  }
}

/** Reads until `enough` says so or the stream ends; what comes after is thrown away, so that the process can end. */
async function textUntil(stream: Readable, enough: (text: string) => boolean): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const done = () => resolve(text);
    stream.setEncoding('utf8');
    stream.on('data', (chunk: string) => {
      if (text.length < 4096) text += chunk;
      if (enough(text)) done();
    });
    stream.on('end', done).on('close', done).on('error', done);
  });
}

function heldError(host: string, answer: string): LockedError {
  const holder = parseHolder(answer);
  const who = holder
    ? `${holder.operator} has been running "${holder.doing.replaceAll('.', ' ')}" since ${holder.since}`
    : 'somebody is changing it at this moment';
  return new LockedError(`The host is locked: ${who}`, {
    host,
    hint: 'Wait until that has ended and repeat the command; the lock goes when its holder ends',
  });
}

function lockLost(host: string, cause: unknown): ConnectError {
  return new ConnectError('lost', 'The host’s lock was lost, so the work was stopped', {
    host,
    hint: 'Repeat the command: it continues from the state that it finds',
    cause,
  });
}

function withoutLock(host: string) {
  return {
    type: 'notice',
    host,
    level: 'warning',
    message: 'flock(1) is missing, so nothing keeps two operators from changing this host at once',
  } as const;
}
