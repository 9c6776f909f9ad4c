// Containers with the SSH servers of a Debian release. Their image is built once, and again when its files change.
import { execFile, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ensureBaseImage } from '../../../scripts/lib/base-image.mjs';

const execute = promisify(execFile);
const context = fileURLToPath(new URL('./image', import.meta.url));
const label = 'io.opencode-cloud.matrix.image';

/** Debian releases that have a server of interest: OpenSSH 8.4, 9.2 and 10.0. */
export type Suite = 'bullseye' | 'bookworm' | 'trixie';

/** A running container. */
export interface Machine {
  /** Ports on 127.0.0.1. */
  readonly openssh: number;
  readonly dropbear: number;
  /** Lines of known_hosts for both. */
  readonly known: readonly string[];
  stop(): Promise<unknown>;
}

const suites: readonly Suite[] = ['bullseye', 'bookworm', 'trixie'];

/** Starts one of each, which let a public key log in as each of their users. */
export async function startMachines(publicKey: string): Promise<Record<Suite, Machine>> {
  // One after the other: making a base image installs packages.
  for (const suite of suites) await ensureImage(suite);
  const started = await Promise.allSettled(suites.map((suite) => startMachine(suite, publicKey)));
  const running = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const failed = started.find((one) => one.status === 'rejected');
  if (failed !== undefined) {
    await Promise.all(running.map((machine) => machine.stop()));
    throw failed.reason;
  }
  const [bullseye, bookworm, trixie] = running as [Machine, Machine, Machine];
  return { bullseye, bookworm, trixie };
}

async function startMachine(suite: Suite, publicKey: string): Promise<Machine> {
  const image = `opencode-cloud-matrix:${suite}`;
  const ports = ['--publish', '127.0.0.1::22', '--publish', '127.0.0.1::2222'];
  const env = ['--env', `LOGIN_KEY=${publicKey}`];
  const name = `occ-matrix-${suite}-${randomBytes(6).toString('hex')}`;
  const argv = ['run', '--rm', '--interactive', '--init', '--name', name, ...ports, ...env, image];
  // It ends with its input, also when this process is killed.
  const container = spawn('docker', argv, { stdio: ['pipe', 'ignore', 'ignore'] });
  const stop = async (): Promise<void> => {
    const ended = container.exitCode === null ? once(container, 'exit') : undefined;
    container.stdin.end();
    await ended;
  };
  try {
    const [openssh, dropbear] = await Promise.all([portOf(name, 22), portOf(name, 2222)]);
    const known = await Promise.all([openssh, dropbear].map(hostKeysAt));
    return { openssh, dropbear, known: known.flat(), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function docker(...argv: string[]): Promise<string> {
  return (await execute('docker', argv, { maxBuffer: 64 * 1024 * 1024 })).stdout;
}

/** Waits until the container runs. */
async function portOf(name: string, port: number): Promise<number> {
  const until = performance.now() + 60_000;
  while (performance.now() < until) {
    const [line = ''] = (await docker('port', name, `${port}/tcp`).catch(() => '')).split('\n');
    if (line !== '') return Number(line.split(':').at(-1));
    await delay(50);
  }
  throw new Error(`${name} does not start`);
}

/** Waits until the server shows its keys. */
async function hostKeysAt(port: number): Promise<string[]> {
  const until = performance.now() + 30_000;
  while (performance.now() < until) {
    const argv = ['-T', '5', '-p', String(port), '127.0.0.1'];
    const scan = await execute('ssh-keyscan', argv).catch(() => ({ stdout: '' }));
    const lines = scan.stdout.split('\n').filter((line) => line.startsWith('['));
    if (lines.length > 0) return lines;
    await delay(50);
  }
  throw new Error(`No SSH server answers at port ${port}`);
}

async function ensureImage(suite: Suite): Promise<void> {
  const reference = `opencode-cloud-matrix:${suite}`;
  const base = (await ensureBaseImage(suite)).reference;
  const hash = createHash('sha256').update(
    await docker('image', 'inspect', '--format', '{{.Id}}', base),
  );
  for (const file of ['Dockerfile', 'serve']) hash.update(await readFile(join(context, file)));
  const wanted = hash.digest('hex');
  const format = `{{index .Config.Labels "${label}"}}`;
  const found = await docker('image', 'inspect', '--format', format, reference).catch(() => '');
  if (found.trim() !== wanted) {
    const args = ['--build-arg', `BASE_IMAGE=${base}`, '--build-arg', `MATRIX_HASH=${wanted}`];
    await docker('build', '--tag', reference, ...args, context);
  }
}
