// Machines without Docker: one to log in to, and one to run occ on. Containers, because there Docker is truly absent.
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBaseImage } from '../../scripts/lib/base-image.mjs';
import { repository } from '../../scripts/lib/dirs.mjs';
import { attempt, run } from '../../scripts/lib/run.mjs';
import { sshAnswers } from '../lab/boot.ts';
import { ensureLabImage } from '../lab/image.ts';
import type { LabHost } from '../lab/lab-hosts.ts';
import type { HostEntry } from './fleet.ts';

/** A remote machine with an SSH server and nothing else. */
export interface BareMachine extends AsyncDisposable {
  /** Its entry in an inventory: user ops, key of the lab. */
  readonly entry: HostEntry;
}

const withoutDocker = `rm -f /usr/bin/docker* /usr/sbin/dockerd /usr/bin/dockerd
mkdir -p /run/sshd
lab-accept-key
exec /usr/sbin/sshd -D`;

/** Boots it: the lab's machine without its service manager, from which Docker was removed. */
export async function bootBareMachine(lab: LabHost): Promise<BareMachine> {
  const { reference } = await ensureLabImage('bookworm');
  const directory = await mkdtemp(join(tmpdir(), 'occ-bare-'));
  const files = join(directory, 'lab');
  const key = join(files, 'host_key');
  await mkdir(files);
  await copyFile(`${lab.identityFile}.pub`, join(files, 'login_key.pub'));
  await run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', key]);
  const publish = ['--publish', '127.0.0.1::22'];
  const id = await run(['docker', 'create', ...publish, reference, 'sh', '-euc', withoutDocker]);
  const dispose = async () => {
    await run(['docker', 'rm', '--force', '--volumes', id]);
    await rm(directory, { recursive: true, force: true });
  };
  try {
    await run(['docker', 'cp', files, `${id}:/etc/lab`]);
    await run(['docker', 'start', id]);
    // Docker listens on the port before sshd does. sshd writes this file when it listens.
    await run(['docker', 'exec', id, 'sh', '-c', 'until [ -s /run/sshd.pid ]; do :; done']);
    const port = Number((await run(['docker', 'port', id, '22'])).split(':').at(-1));
    await sshAnswers(port);
    const known = join(directory, 'known_hosts');
    const config = join(directory, 'ssh_config');
    const [type = '', blob = ''] = (await run(['cat', `${key}.pub`])).split(' ');
    await writeFile(known, `[127.0.0.1]:${port} ${type} ${blob}\n`);
    await writeFile(config, `UserKnownHostsFile ${known}\nIdentitiesOnly yes\n`);
    const address = `ops@127.0.0.1:${port}`;
    const entry = { address, identity_file: lab.identityFile, ssh_config: config };
    return { entry, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** What the machine that occ runs on has of Docker. */
export interface Surroundings {
  /** The docker command is installed. */
  readonly client: boolean;
  /** The engine's socket is there. */
  readonly socket: boolean;
}

/** Runs the built command on a machine of its own, as a user who is not root. */
export async function occElsewhere({ client, socket }: Surroundings, words: readonly string[]) {
  const { reference } = await ensureBaseImage('bookworm');
  const docker = (await run(['sh', '-c', 'command -v docker'])).trim();
  const mounts = [
    [repository, repository],
    [process.execPath, '/usr/local/bin/node'],
    ...(await librariesOf(process.execPath)).map((file) => [file, file]),
    ...(client ? [[docker, '/usr/local/bin/docker']] : []),
    ...(socket ? [['/var/run/docker.sock', '/var/run/docker.sock']] : []),
  ];
  return attempt([
    ...[
      'docker',
      'run',
      '--rm',
      '--user',
      '12345:12345',
      '--env',
      'HOME=/tmp',
      '--workdir',
      '/tmp',
    ],
    ...mounts.flatMap(([from = '', to = '']) => ['--volume', `${from}:${to}:ro`]),
    ...[reference, 'node', join(repository, 'dist/cli/main.js'), ...words],
  ]);
}

/** What the dynamic linker loads for a program; not every Node.js is one file. */
async function librariesOf(program: string): Promise<readonly string[]> {
  const listed = await run(['ldd', program]);
  return [...listed.matchAll(/(?:=> |^\s*)(\/\S+) \(0x/gm)].map(([, file = '']) => file);
}
