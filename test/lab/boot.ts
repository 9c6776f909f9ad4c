// Boots one machine of the lab and waits until everything on it answers.
import { once } from 'node:events';
import { createConnection, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { run } from '../../scripts/lib/run.mjs';
import { ensureLabImage } from './image.ts';
import { loadArchive, shareDirectory } from './images-archive.ts';
import { kinds } from './kinds.ts';
import type { MachineRequest } from './kinds.ts';
import { hostKeyDirectory, makeKey } from './lab-files.ts';
import type { KeyPair } from './lab-files.ts';
import type { LabHost } from './lab-hosts.ts';
import { MachineContainer } from './machine-container.ts';

/** What the machines of a set have in common. */
export interface BootOptions {
  readonly labels: Record<string, string>;
  readonly directory: string;
  readonly loginKey: KeyPair;
  /** File in the shared directory with images for the engine inside. */
  readonly archive: string;
  /** cgroup version of the operator's machine. */
  readonly cgroupVersion: 1 | 2;
  readonly keep: boolean;
}

/** Boots a machine; when this answers, systemd, sshd and the engine inside are up and the images are loaded. */
export async function bootMachine(
  { name, kind }: MachineRequest,
  options: BootOptions,
): Promise<LabHost> {
  const { reference } = await ensureLabImage(kind);
  const hostKey = await makeKey(hostKeyDirectory(options.directory), name);
  const port = await freePort();
  const container = await new MachineContainer({
    image: reference,
    name,
    labels: options.labels,
    sshPort: port,
    initArgs: options.cgroupVersion === 1 ? kinds[kind].legacyCgroupArgs : [],
    files: [
      { target: '/etc/lab/host_key', content: hostKey.privateKey, mode: 0o600 },
      { target: '/etc/lab/login_key.pub', content: `${options.loginKey.publicKey}\n`, mode: 0o644 },
    ],
    share: shareDirectory(),
    keep: options.keep,
  }).start();
  await sshAnswers(port);
  await loadArchive(container.getId(), options.archive);
  return {
    name,
    kind,
    address: '127.0.0.1',
    port,
    identityFile: options.loginKey.file,
    hostKeyFingerprint: hostKey.fingerprint,
    containerId: container.getId(),
  };
}

/** Starts a machine that was stopped, for instance with the operator's engine. */
export async function wakeMachine({ containerId, port }: LabHost): Promise<void> {
  await run(['docker', 'start', containerId]);
  await run(['docker', 'exec', containerId, 'lab-ready', '--wait']);
  await sshAnswers(port);
}

/** Reads the banner of RFC 4253, 4.2 through the published port: that is the way the tests come in. */
export async function sshAnswers(port: number): Promise<void> {
  const socket = createConnection({ host: '127.0.0.1', port, timeout: 10_000 });
  socket.on('timeout', () => socket.destroy(new Error(`sshd on port ${port} is silent`)));
  // Docker takes the connection although nobody listens behind it, and ends it without a word.
  socket.on('end', () => socket.destroy(new Error(`Nobody listens behind port ${port}`)));
  try {
    const [banner] = (await once(socket, 'data')) as [Buffer];
    if (!banner.toString('latin1').startsWith('SSH-2.0-')) {
      throw new Error(`Port ${port} does not lead to sshd`);
    }
  } finally {
    socket.destroy();
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
