// The transport contract in a container, by `docker exec`, on the engine of this machine.
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Docker from 'dockerode';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ContainerTransport } from '../../src/hosts/container-transport.ts';
import { writeFile } from '../../src/transport/files.ts';
import { run } from '../../src/transport/run.ts';
import { startServer } from './cases/socket-server.ts';
import { textCommand } from './cases/support.ts';
import type { ContractConnection, ContractHost } from './contract-host.ts';
import { transportContract } from './transport-suite.ts';

const socketPath = '/var/run/docker.sock';
const image = 'debian:bookworm-slim';
const engine = new Docker({ socketPath });

transportContract('container', openContainer, { tellsSignals: false, cut: 'stays' });

describe('a container as a host', () => {
  let host: ContractHost;
  let container: string;
  beforeAll(async () => {
    container = await startContainer();
    host = hostOn(container);
  });
  afterAll(async () => {
    await host.close();
  });
  const as = (user: string) =>
    new ContainerTransport({ docker: engine, container, host: 'web-1', user });

  test('runs as the user asked for', async () => {
    expect(await run(as('nobody'), textCommand(['id', '-un']))).toBe('nobody');
    expect(await run(host.transport, textCommand(['id', '-un']))).toBe('root');
  });

  test('says that a user does not exist', async () => {
    const attempt = run(as('no-such-user'), textCommand(['true']));
    await expect(attempt).rejects.toMatchObject({
      message: expect.stringContaining('no-such-user') as string,
    });
  });

  test('says that the disk is full, and leaves nothing', async () => {
    const attempt = writeFile(host.transport, '/small/file', Buffer.alloc(200_000));
    await expect(attempt).rejects.toMatchObject({ reason: 'no-space', host: 'web-1' });
    expect(await run(host.transport, textCommand(['ls', '-A', '/small']))).toBe('');
  });

  test('says that the directory may not be written to', async () => {
    const attempt = writeFile(as('nobody'), '/root-only', 'x');
    await expect(attempt).rejects.toMatchObject({ reason: 'permission' });
  });

  test('says that a socket may not be opened by the user', async () => {
    const server = await startServer(host.transport, { path: '/run/private.sock' });
    await run(host.transport, textCommand(['chmod', '600', '/run/private.sock']));
    const dial = as('nobody').dial({ path: '/run/private.sock' });
    await expect(dial).rejects.toMatchObject({ reason: 'permission', host: 'web-1' });
    await server.stop();
  });

  test('shows neither arguments nor secrets in the engine’s record of a process', async () => {
    const started = await host.transport.start({
      argv: ['sh', '-c', 'echo up; cat', 'visible-word'],
    });
    started.stderr.resume();
    started.stdout.resume();
    const { ExecIDs } = await engine.getContainer(container).inspect();
    const records = await Promise.all((ExecIDs ?? []).map((id) => engine.getExec(id).inspect()));
    expect(records.length).toBeGreaterThan(0);
    expect(JSON.stringify(records)).not.toContain('visible-word');
    started.stdin.end();
    await started.exit;
  });

  test('is told when it is stopped, and when it is gone', async () => {
    const name = await startContainer();
    const transport = new ContainerTransport({ docker: engine, container: name, host: 'web-1' });
    await engine.getContainer(name).stop({ t: 0 });
    await expect(run(transport, textCommand(['true']))).rejects.toMatchObject({
      code: 'docker.conflict',
      message: `The container ${name} is not running`,
      hint: 'Start it: occ --host web-1 start',
    });
    await engine.getContainer(name).remove({ force: true });
    await expect(run(transport, textCommand(['true']))).rejects.toMatchObject({
      code: 'docker.not-found',
      message: `There is no container ${name}`,
    });
  });
});

async function openContainer(): Promise<ContractHost> {
  return hostOn(await startContainer());
}

function hostOn(container: string): ContractHost {
  const transport = new ContainerTransport({ docker: engine, container, host: 'web-1' });
  return {
    transport,
    look: (script) => lookInside(container, script),
    another: () => throughProxy(container),
    close: async () => {
      await transport.close();
      await engine.getContainer(container).remove({ force: true });
    },
  };
}

async function startContainer(): Promise<string> {
  const name = `tcore-${randomUUID()}`;
  const container = await engine.createContainer({
    name,
    Image: image,
    Cmd: ['sleep', 'infinity'],
    HostConfig: { Init: true, Tmpfs: { '/small': 'size=64k' } },
  });
  await container.start();
  return name;
}

async function lookInside(container: string, script: string): Promise<string> {
  const exec = await engine
    .getContainer(container)
    .exec({ Cmd: ['sh', '-c', script], AttachStdout: true, Tty: true });
  const stream = await exec.start({ Tty: true });
  const chunks: Buffer[] = [];
  for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8').replaceAll('\r\n', '\n');
}

/** A way to the engine that can be cut: a socket of our own that passes everything on. */
async function throughProxy(container: string): Promise<ContractConnection> {
  const directory = await mkdtemp(join(tmpdir(), 'tcore-'));
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const upstream = connect({ path: socketPath, allowHalfOpen: true });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => sockets.delete(socket));
    }
    client.pipe(upstream).pipe(client);
  });
  const path = join(directory, 'docker.sock');
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const transport = new ContainerTransport({
    docker: new Docker({ socketPath: path }),
    container,
    host: 'web-1',
  });
  return {
    transport,
    cut: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      await rm(directory, { recursive: true });
    },
  };
}
