// Runs the command line as a user does: a process of its own, its own home directory, no terminal.
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { RuntimeBase } from '../lab/runtime-base.ts';

/** How a run ended. */
export interface Ran {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A user's home directory with an SSH configuration that trusts nobody yet. */
export interface Home extends AsyncDisposable {
  readonly directory: string;
  readonly inventory: string;
  /** For `--ssh-config`: known_hosts is `knownHosts`, and nothing of this machine's own configuration is read. */
  readonly sshConfig: string;
  readonly knownHosts: string;
  /** Runs `occ` with these words. */
  occ(words: readonly string[], stdin?: string): Promise<Ran>;
}

const main = resolve('src/cli/main.ts');

export async function newHome(): Promise<Home> {
  const directory = await mkdtemp(join(tmpdir(), 'occ-cfg-e2e-'));
  const inventory = join(directory, '.config', 'opencode-cloud', 'inventory.yaml');
  const sshConfig = join(directory, 'ssh_config');
  const knownHosts = join(directory, 'known_hosts');
  await writeFile(
    sshConfig,
    `UserKnownHostsFile ${knownHosts}\nGlobalKnownHostsFile /dev/null\nIdentitiesOnly yes\n`,
  );
  const { PATH } = process.env;
  const runtime = await RuntimeBase.make();
  const env = { PATH, HOME: directory, XDG_RUNTIME_DIR: runtime.path };
  return {
    directory,
    inventory,
    sshConfig,
    knownHosts,
    async occ(words, stdin = '') {
      const argv = ['--import', 'tsx', main, ...words];
      const child = spawn(process.execPath, argv, { env });
      child.stdin.end(stdin);
      const ended = new Promise<number | null>((done) => child.on('close', done));
      const [stdout, stderr, exitCode] = await Promise.all([
        text(child.stdout),
        text(child.stderr),
        ended,
      ]);
      return { exitCode, stdout, stderr };
    },
    async [Symbol.asyncDispose]() {
      await runtime[Symbol.asyncDispose]();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
