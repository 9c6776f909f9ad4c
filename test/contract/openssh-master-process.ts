// A master that a user started with ssh -M, for tests that attach to it.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

export interface RunningMaster {
  readonly process: ChildProcess;
  /** Kills it as a crash would, and waits. */
  kill(): Promise<void>;
}

/** Runs `ssh -M -N -S controlPath …` in the foreground until its socket is there. */
export async function runMaster(controlPath: string, argv: string[]): Promise<RunningMaster> {
  const child = spawn('ssh', ['-M', '-N', '-S', controlPath, ...argv], { stdio: 'ignore' });
  const exited = once(child, 'exit');
  while (!existsSync(controlPath)) {
    if (child.exitCode !== null) throw new Error(`ssh ended with ${child.exitCode}`);
    await delay(10);
  }
  return {
    process: child,
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
