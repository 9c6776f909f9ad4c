// A directory of sockets for one test, what is in it, and that nothing of it is left afterwards.
import { mkdtemp, rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { run } from '../../src/transport/run.ts';
import { askMaster } from '../../src/transport/mux/mux-client.ts';
import type { ConnectProgress } from '../../src/transport/ssh/ssh-progress.ts';
import type { SshOptions, SshTarget } from '../../src/transport/ssh/ssh-target.ts';
import { connectSsh } from '../../src/transport/ssh/ssh-transport.ts';
import { clearDirectory, endKept, keptConnections } from '../../src/transport/warm/ssh-warm-end.ts';
import { textCommand } from './cases/support.ts';
import { tool } from './sshd-server.ts';

/** How one command reached the host. */
export interface Visit {
  /** What the command answered. */
  readonly answer: string;
  /** Stages that were told, each `server stage`, where a server is `web-1` or the name of a jump host. */
  readonly stages: readonly string[];
  /** Whether the target was reached over a connection that was open. */
  readonly isWarm: boolean;
  /** Detail of the last stage. */
  readonly way: string;
}

/** Connects as one command of occ does, runs a process, and hangs up. */
export async function visit(target: SshTarget, options: SshOptions): Promise<Visit> {
  const told: ConnectProgress[] = [];
  const observe = (progress: ConnectProgress) => void told.push(progress);
  const transport = await connectSsh(target, { ...options, observe });
  try {
    const answer = await run(transport, textCommand(['echo', 'here']));
    const last = told.filter(({ place }) => place.jump === undefined).at(-1);
    return {
      answer,
      stages: told.map(({ place, stage }) => `${place.jump ?? place.host} ${stage}`),
      isWarm: last?.stage === 'warm',
      way: last?.detail ?? '',
    };
  } finally {
    await transport.close();
  }
}

/** A runtime directory. */
export class KeptDirectory implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** Directly under `/tmp`, because the paths of sockets are short. */
  static async make(): Promise<KeptDirectory> {
    return new KeptDirectory(await mkdtemp('/tmp/occ-kept-'));
  }

  /** Names of sockets that a master answers at. */
  async alive(): Promise<string[]> {
    const names = await keptConnections(this.path);
    const states = await Promise.all(
      names.map((name) => askMaster(`${this.path}/${name}`, 'check').catch(() => 'absent')),
    );
    return names.filter((_name, index) => states[index] === 'alive');
  }

  /** Waits until so many masters answer. */
  async until(count: number): Promise<string[]> {
    for (;;) {
      const alive = await this.alive();
      if (alive.length === count) return alive;
      await delay(20);
    }
  }

  /** Process ids of the masters, which have the path among their arguments. */
  async pids(): Promise<number[]> {
    const found = await tool('pgrep', '-f', this.path).catch(() => '');
    return found.split('\n').filter(Boolean).map(Number);
  }

  /** Ends every master and removes the directory. @throws Error when a process of it is left */
  async [Symbol.asyncDispose](): Promise<void> {
    await endKept(this.path, await keptConnections(this.path));
    await clearDirectory(this.path);
    const deadline = performance.now() + 5000;
    for (;;) {
      const left = await this.pids();
      if (left.length === 0) break;
      if (performance.now() > deadline) throw new Error(`left running: ${left.join(', ')}`);
      await delay(20);
    }
    await rm(this.path, { recursive: true, force: true });
  }
}
