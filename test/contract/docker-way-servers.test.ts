// The way to Docker past servers that forward nothing, and to engines that the login's environment names.
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findEngine } from '../../src/hosts/find-engine.ts';
import { openSshContractHost, type SshContractHost } from './sshd-contract-host.ts';

const socket = '/var/run/docker.sock';

/** A TCP port that leads to the engine, as `dockerd -H tcp://…` has it. */
let port: number;
let home: string;
const server = createServer((incoming) => {
  const outgoing = connect(socket);
  incoming.pipe(outgoing).pipe(incoming);
  incoming.on('error', () => outgoing.destroy());
  outgoing.on('error', () => incoming.destroy());
});

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
  home = await mkdtemp(join(tmpdir(), 'occ-home-'));
  const context = ['--config', join(home, '.docker'), 'context'];
  const docker = (...words: string[]) =>
    execFileSync('docker', [...context, ...words], { stdio: 'ignore' });
  docker('create', 'nearby', '--docker', `host=tcp://127.0.0.1:${port}`);
  docker('use', 'nearby');
});
afterAll(async () => {
  server.close();
  await rm(home, { recursive: true });
});

async function found(host: SshContractHost) {
  const opened = await findEngine(host.transport, { socket: undefined });
  expect((await opened.engine.version()).os).toBe('linux');
  opened.close();
  return opened;
}

describe.each([
  ['AllowStreamLocalForwarding no', ['AllowStreamLocalForwarding no']],
  ['AllowTcpForwarding no', ['AllowTcpForwarding no']],
  ['PermitOpen none', ['PermitOpen none']],
  ['PermitOpen of one place', ['PermitOpen 127.0.0.1:9']],
  ['DisableForwarding yes', ['DisableForwarding yes']],
])('a server with %s', (_, lines) => {
  test('lets a socket and a port be reached by a program on the host', async () => {
    const host = await openSshContractHost(lines);
    try {
      const { address, way } = await found(host);
      expect(address.endpoint).toEqual({ path: socket });
      expect(way).toEqual({ bridge: 'socat', asRoot: false });
      const dialled = await host.transport.dial({ address: '127.0.0.1', port });
      dialled.write('GET /_ping HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n');
      dialled.setEncoding('latin1');
      let answer = '';
      for await (const chunk of dialled) answer += String(chunk);
      expect(answer).toMatch(/^HTTP\/1\.1 200/);
    } finally {
      await host.close();
    }
  });
});

describe('an engine that the login names', () => {
  const withEnv = (...variables: string[]) =>
    openSshContractHost([`SetEnv HOME=${home} ${variables.join(' ')}`]);

  test('by DOCKER_HOST, as a port', async () => {
    const host = await withEnv(`DOCKER_HOST=tcp://127.0.0.1:${port}`);
    const { address } = await found(host);
    expect(address).toEqual({ endpoint: { address: '127.0.0.1', port }, source: 'DOCKER_HOST' });
    await host.close();
  });

  test('by its current docker context', async () => {
    const host = await withEnv();
    const { address } = await found(host);
    expect(address.endpoint).toEqual({ address: '127.0.0.1', port });
    expect(address.source).toBe('docker context nearby');
    await host.close();
  });

  test.each([
    ['DOCKER_HOST=tcp://127.0.0.1:2376 DOCKER_TLS_VERIFY=1', /TLS/],
    ['DOCKER_HOST=ssh://ops@elsewhere', /ssh:\/\/ops@elsewhere/],
    ['DOCKER_HOST=npipe:////./pipe/docker_engine', /npipe/],
    ['DOCKER_HOST=unix://relative.sock', /no absolute path/],
  ])('by %s is not used, and it is said what to set', async (variables, words) => {
    const host = await withEnv(variables);
    await expect(findEngine(host.transport, { socket: undefined })).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringMatching(words) as string,
      hint: expect.stringContaining('config set docker_socket') as string,
    });
    await host.close();
  });

  test('where nobody listens is an error that names both', async () => {
    const host = await withEnv('DOCKER_HOST=unix:///run/none/docker.sock');
    await expect(findEngine(host.transport, { socket: undefined })).rejects.toMatchObject({
      code: 'docker.not-running',
      message: 'A Docker Engine runs, but not at /run/none/docker.sock (DOCKER_HOST)',
    });
    await host.close();
  });
});
