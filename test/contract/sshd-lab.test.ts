// The transport contract over SSH against the lab: other machines, other users than root, two OpenSSH generations.
import { request, Agent } from 'node:http';
import type { Duplex } from 'node:stream';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { connectSsh } from '../../src/transport/ssh/ssh-transport.ts';
import type { Transport } from '../../src/transport/transport.ts';
import { labUsers, type LabHost } from '../lab/lab-hosts.ts';
import type { ContractHost } from './contract-host.ts';
import { labHost } from './lab-client.ts';
import { makeClient } from './sshd-client.ts';
import { startProxy } from './sshd-proxy.ts';
import { tool } from './sshd-server.ts';
import { transportContract } from './transport-suite.ts';

/** A client directory that knows the lab host under its own name, whatever port leads to it. */
async function labClient(host: LabHost) {
  const client = await makeClient();
  const { knownHostsFile } = inject('lab');
  await client.configure(
    `HostKeyAlias [127.0.0.1]:${host.port}\nGlobalKnownHostsFile ${knownHostsFile}`,
  );
  const connect = (user: string, port = host.port): Promise<Transport> =>
    connectSsh(
      client.target(`${user}@127.0.0.1:${port}`, { identityFile: host.identityFile }),
      client.options(),
    );
  return { connect, remove: () => client.remove() };
}

async function openLabHost(kind: LabHost['kind']): Promise<ContractHost> {
  const host = labHost(kind);
  const { connect, remove } = await labClient(host);
  const cleanups = [remove];
  const transport = await connect(labUsers.ops);
  return {
    transport,
    look: (script) => tool('docker', 'exec', host.containerId, 'sh', '-c', script),
    another: async () => {
      const proxy = await startProxy(host.port);
      cleanups.push(() => proxy.close());
      const cut = (): Promise<void> => {
        proxy.cut();
        return Promise.resolve();
      };
      return { transport: await connect(labUsers.ops, proxy.port), cut };
    },
    close: async () => {
      await transport.close();
      for (const cleanup of cleanups) await cleanup();
    },
  };
}

const traits = { tellsSignals: true, cut: 'ends' } as const;
transportContract('ssh to bookworm', () => openLabHost('bookworm'), traits);
transportContract('ssh to trixie', () => openLabHost('trixie'), traits);

describe.each(['bookworm', 'trixie'] as const)('the Docker socket of %s', (kind) => {
  let host: LabHost;
  let client: Awaited<ReturnType<typeof labClient>>;
  beforeAll(async () => {
    host = labHost(kind);
    client = await labClient(host);
  });
  afterAll(() => client.remove());

  const logins = async (): Promise<number> => {
    const count = 'journalctl -q -o cat | grep -c "Accepted publickey" || true';
    return Number(await tool('docker', 'exec', host.containerId, 'sh', '-c', count));
  };

  test('answers 50 requests at once on one login to a user in group docker', async () => {
    const before = await logins();
    const transport = await client.connect(labUsers.ops);
    const answers = await Promise.all(Array.from({ length: 50 }, () => ping(transport)));
    expect(answers).toEqual(Array<string>(50).fill('OK'));
    await transport.close();
    expect(await logins()).toBe(before + 1);
  });

  test('is reached with sudo by a user outside of it', async () => {
    const transport = await client.connect(labUsers.sudoer);
    expect(await ping(transport)).toBe('OK');
    expect(await ping(transport)).toBe('OK');
    await transport.close();
  });

  test('is closed to a user with neither, who is told so', async () => {
    const transport = await client.connect(labUsers.guest);
    const dial = transport.dial({ path: '/var/run/docker.sock' });
    await expect(dial).rejects.toMatchObject({ reason: 'permission' });
    await transport.close();
  });
});

/** One `GET /_ping` on a connection of its own. */
async function ping(transport: Transport): Promise<string> {
  const socket = await transport.dial({ path: '/var/run/docker.sock' });
  const agent = new Agent();
  agent.createConnection = (): Duplex => socket;
  return new Promise((resolve, reject) => {
    const sent = request({ agent, path: '/_ping', headers: { host: 'docker' } }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve(text));
    });
    sent.on('error', reject);
    sent.end();
  });
}
