// A runtime directory (XDG_RUNTIME_DIR) for tests: connections are kept in it as users have them, and ended with it.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { keptConnections } from '../../src/hosts/kept-connections.ts';

const execute = promisify(execFile);

/** Milliseconds that an ssh which was just starting has to be gone. */
const endMs = 10_000;

/** Nothing outlives it: that is checked. */
export class RuntimeBase implements AsyncDisposable {
  /** For `XDG_RUNTIME_DIR`. */
  readonly path: string;
  /** Where occ makes its sockets in it. */
  readonly sockets: string;

  private constructor(path: string) {
    this.path = path;
    this.sockets = join(path, 'opencode-cloud');
  }

  /** Directly under `/tmp`, because the paths of sockets are short. */
  static async make(): Promise<RuntimeBase> {
    return new RuntimeBase(await mkdtemp('/tmp/occ-rt-'));
  }

  /** Ends what is kept. @throws Error when a process is left that names the directory */
  async [Symbol.asyncDispose](): Promise<void> {
    const deadline = performance.now() + endMs;
    for (;;) {
      await (await keptConnections(this.sockets)).end();
      const left = await processesOf(this.path);
      if (left.length === 0) break;
      if (performance.now() > deadline) throw new Error(`left running: ${left.join('; ')}`);
      await delay(50);
    }
    await rm(this.path, { recursive: true, force: true });
  }
}

/** Command lines that hold a text. */
async function processesOf(text: string): Promise<string[]> {
  const { stdout } = await execute('pgrep', ['-af', text]).catch(() => ({ stdout: '' }));
  return stdout.split('\n').filter((line) => line !== '');
}
