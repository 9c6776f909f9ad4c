// Runs ssh until it has gone into the background as a master, and lets nothing of it outlive a failure.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { endGroup } from '../process-group.ts';
import type { ConnectDeadline } from '../ssh/ssh-deadline.ts';
import { StderrTail } from '../stderr-tail.ts';

/** Milliseconds for what is still said after the end; a child that lives on would keep stderr open. */
const lastWordsMs = 200;

/** Somebody else's master came first; ssh would go on without being one. */
const notMaster = /, disabling multiplexing\b/;

/** How it went. */
export type MasterRun =
  | { readonly kind: 'started' | 'taken' }
  | { readonly kind: 'failed'; readonly code: number | undefined; readonly stderr: string };

/** What is run. */
export interface MasterCommand {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly deadline: ConnectDeadline;
  /** False: it does not keep this process alive. */
  readonly waited: boolean;
  /** Ends the master that went into the background just when the deadline passed. */
  readonly undo: () => Promise<unknown>;
  /** Gets what ssh says as it says it. */
  readonly heard?: ((text: string) => void) | undefined;
}

/**
 * ssh leaves its first process when it is logged in and listens (ControlPersist): that one's exit code 0 says so.
 * @throws the deadline's reason; also what ssh started is gone then
 */
export async function runMaster(command: MasterCommand): Promise<MasterRun> {
  const { argv, env, deadline, waited, undo } = command;
  // Its own session: no terminal to ask at, no Ctrl-C, and one group to end. The umask is for known_hosts.
  const child = spawn('/bin/sh', ['-c', 'umask 077; exec ssh "$@"', 'ssh', ...argv], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env,
    detached: true,
  });
  if (!waited) unref(child);
  try {
    if (command.heard !== undefined) child.stderr.setEncoding('utf8').on('data', command.heard);
    return await deadline.race(outcomeOf(child));
  } catch (error) {
    await end(child);
    if (child.exitCode === 0) await undo().catch(() => undefined);
    throw error;
  } finally {
    child.stderr.destroy();
  }
}

async function outcomeOf(child: ChildProcess & { stderr: Readable }): Promise<MasterRun> {
  const said = new StderrTail(child.stderr);
  const exited = endOf(child);
  // At the end of what is said, without that sign, the exit code counts.
  const taken = said.says(notMaster).then(async (is) => (is ? 'taken' : exited));
  const code = await Promise.race([exited, taken]);
  if (code === 0) return { kind: 'started' };
  if (code !== 'taken') await Promise.race([closed(child.stderr), delay(lastWordsMs)]);
  // A ProxyCommand may still run.
  await end(child);
  if (code === 'taken' || notMaster.test(said.text)) return { kind: 'taken' };
  return { kind: 'failed', code, stderr: said.text };
}

async function endOf(child: ChildProcess): Promise<number | undefined> {
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? undefined;
}

async function closed(stream: Readable): Promise<void> {
  if (!stream.closed) await once(stream, 'close');
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid !== undefined) await endGroup(child.pid);
}

function unref(child: ChildProcess): void {
  child.unref();
  (child.stderr as Socket).unref();
}
