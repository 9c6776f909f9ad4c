// Which engine is chosen from what a host tells; how DOCKER_HOST is read; what is remembered between commands.
import { readdir, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parseDockerHost } from '../../../src/hosts/docker-address.ts';
import { chooseEngine, lookForEngine, parseLook } from '../../../src/hosts/docker-look.ts';
import { engineMemory, readAddress } from '../../../src/hosts/engine-memory.ts';
import { LocalTransport } from '../../../src/transport/local-transport.ts';
import { run } from '../../../src/transport/run.ts';
import { tempDirectory } from './temp-dir.ts';

const chosen = (text: string) =>
  chooseEngine(
    parseLook({ stdout: Buffer.from(text), stderr: Buffer.alloc(0), exitCode: 0 }),
    'web-1',
  );

describe('the engine of a host', () => {
  it.each([
    ['usable=/var/run/docker.sock\n', '/var/run/docker.sock'],
    ['closed=/var/run/docker.sock\nusable=/run/user/7/docker.sock\n', '/run/user/7/docker.sock'],
    ['closed=/var/run/docker.sock\nclosed=/run/user/7/docker.sock\n', '/var/run/docker.sock'],
    ['', '/var/run/docker.sock'],
  ])('by %j is at %s', (text, path) => {
    expect(chosen(text)).toEqual({ endpoint: { path }, source: 'default' });
  });

  it('is the one that DOCKER_HOST or a context names', () => {
    expect(chosen('source=DOCKER_HOST\nhost=unix:///a=b.sock\n')).toEqual({
      endpoint: { path: '/a=b.sock' },
      source: 'DOCKER_HOST',
    });
    expect(chosen('source=docker context colima\nhost=unix:///c.sock\n').source).toBe(
      'docker context colima',
    );
    expect(() => chosen('tls=yes\nsource=DOCKER_HOST\nhost=tcp://h:2376\n')).toThrow(/TLS/);
  });

  it('is found by a shell that has no HOME, and at the place of rootless Docker', async () => {
    const directory = await tempDirectory();
    const server = createServer().listen(join(directory, 'docker.sock'));
    onTestFinished(() => void server.close());
    const env = { PATH: process.env['PATH'], XDG_RUNTIME_DIR: directory };
    const transport = new LocalTransport({ host: 'local', env });
    const { sockets } = await run(transport, lookForEngine());
    await transport.close();
    const found = sockets.filter(({ path }) => path.startsWith(directory));
    const system = sockets.filter(({ path, usable }) => path === '/var/run/docker.sock' && usable);
    // Where the system's engine may be used, it comes first and nothing else is looked at.
    expect([...found, ...system]).toHaveLength(1);
  });
});

describe('DOCKER_HOST', () => {
  const read = (value: string, tls = false) =>
    parseDockerHost({ value, source: 'DOCKER_HOST', tls }, 'web-1');

  it.each([
    ['unix:///run/x.sock', { path: '/run/x.sock' }],
    ['unix://', { path: '/var/run/docker.sock' }],
    ['tcp://127.0.0.1:2375', { address: '127.0.0.1', port: 2375 }],
    ['tcp://docker.internal', { address: 'docker.internal', port: 2375 }],
    ['tcp://[::1]:99/', { address: '::1', port: 99 }],
    ['10.0.0.1:2375', { address: '10.0.0.1', port: 2375 }],
  ])('%s is read', (value, endpoint) => {
    expect(read(value)).toEqual(endpoint);
  });

  it.each([
    'https://h:2376',
    'ssh://h',
    'npipe:////./pipe/docker_engine',
    'fd://',
    'unix://x.sock',
    `unix:///${'x'.repeat(103)}`,
    'tcp://h:0',
    'tcp://h:65536',
    'tcp://h:1/path',
    'tcp://a b',
    'unix:///a\u001b[2Jb',
  ])('%j is refused, with what to set', (value) => {
    expect(() => read(value)).toThrow(
      expect.objectContaining({
        code: 'unsupported',
        hint: expect.stringContaining('docker_socket') as string,
      }) as Error,
    );
  });
});

describe('the memory of a host', () => {
  it('is kept for its owner only, and forgotten', async () => {
    const stateDir = await tempDirectory();
    const memory = engineMemory(stateDir, ['web-1', 'ops@a']);
    expect(await memory.read()).toBeUndefined();
    const address = { endpoint: { path: '/x.sock' }, source: 'default' };
    await memory.write(address);
    expect(await memory.read()).toEqual(address);
    expect(await engineMemory(stateDir, ['web-1', 'ops@b']).read()).toBeUndefined();
    const directory = join(stateDir, 'engines');
    const [file = ''] = await readdir(directory);
    expect((await stat(join(directory, file))).mode & 0o777).toBe(0o600);
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
    await memory.forget();
    await memory.forget();
    expect(await memory.read()).toBeUndefined();
  });

  it('is not trusted when it is old, from the future, or no memory at all', () => {
    const at = (time: number, more = {}) =>
      readAddress(
        JSON.stringify({ endpoint: { path: '/x' }, source: 's', at: time, ...more }),
        1e12,
      );
    expect(at(1e12 - 60_000)).toBeDefined();
    expect(at(1e12 - 600_000)).toBeUndefined();
    expect(at(1e12 + 1)).toBeUndefined();
    expect(at(1e12, { endpoint: null })).toBeUndefined();
    expect(at(1e12, { source: 7 })).toBeUndefined();
    expect(readAddress('', 0)).toBeUndefined();
    expect(readAddress('[]', 0)).toBeUndefined();
  });

  it('holds no address: behind it may be another machine’s engine', async () => {
    const stateDir = await tempDirectory();
    const memory = engineMemory(stateDir, ['web-1']);
    const endpoint = { address: '10.0.0.1', port: 2375 };
    await memory.write({ endpoint, source: 'DOCKER_HOST' });
    expect(await memory.read()).toBeUndefined();
    expect(readAddress(JSON.stringify({ endpoint, source: 's', at: 1 }), 1)).toBeUndefined();
  });

  it('that cannot be written is no failure', async () => {
    const stateDir = await tempDirectory();
    await writeFile(join(stateDir, 'engines'), '');
    const memory = engineMemory(stateDir, ['web-1']);
    await memory.write({ endpoint: { path: '/x' }, source: 'default' });
    expect(await memory.read()).toBeUndefined();
  });
});
