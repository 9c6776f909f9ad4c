// A look at host keys where occ's own SSH does not get them, and what RevokedHostKeys of the configuration says of them.
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { scanHostKeys } from '../../src/transport/host-keys/ssh-trust.ts';
import { greet } from './ssh-login.ts';
import { sshOutcome } from './ssh-outcome.ts';
import { onlyKey, sshScene } from './ssh-scene.ts';
import { nobody, type ClientDirectory } from './sshd-client.ts';
import { publicKey, tool, type HostKeyType, type Sshd } from './sshd-server.ts';

const types: readonly HostKeyType[] = ['ed25519', 'ecdsa', 'rsa'];

const scene = sshScene();
let key: string;
let server: Sshd;
let hop: Sshd;
let client: ClientDirectory;

beforeAll(async () => {
  key = await scene.key('id');
  const authorizedKeys = [await publicKey(key)];
  server = await scene.sshd({ authorizedKeys, hostKeys: types });
  hop = await scene.sshd({ authorizedKeys });
});
beforeEach(async () => {
  client = await scene.client({ config: onlyKey(key) });
});

const stored = (): Promise<string> =>
  readFile(join(client.stateDir, 'known_hosts'), 'utf8').catch(() => '');

/** Directories of looks that are under way, or were left behind. */
const looks = async (): Promise<string[]> =>
  (await readdir('/tmp')).filter((name) => name.startsWith('occ-look-'));

describe('a look at a server that only ssh itself can talk to', () => {
  const postQuantum = 'KexAlgorithms sntrup761x25519-sha512@openssh.com';
  let future: Sshd;

  beforeAll(async () => {
    const authorizedKeys = [await publicKey(key)];
    future = await scene.sshd({ authorizedKeys, hostKeys: types, config: [postQuantum] });
  });

  test.each([
    ['because the server demands it', () => '', {}],
    ['because the configuration demands it', () => postQuantum, {}],
    ['behind a jump host', () => '', { proxyJump: true }],
    ['behind a ProxyCommand', () => `Host 127.0.0.1\n  ProxyCommand socat - TCP:%h:%p\nHost *`, {}],
    ['with a key pinned', () => 'StrictHostKeyChecking no', { pinned: true }],
  ])('%s', async (_why, config, how: { proxyJump?: boolean; pinned?: boolean }) => {
    await client.configure(`${onlyKey(key)}\n${config()}`);
    await client.know(
      `${future.knownAs} ${await future.hostKey('rsa')}`,
      `@revoked * ${await future.hostKey('ecdsa')}`,
      `${hop.knownAs} ${await hop.hostKey()}`,
    );
    const before = await future.log();
    const target = client.target(future.address, {
      ...(how.proxyJump === true && { proxyJump: hop.address }),
      ...(how.pinned === true && { pinnedHostKeys: [await future.hostKey()] }),
    });
    const scan = await scanHostKeys(target, client.options(nobody));
    expect(scan.keys.map(({ fingerprint, verdict }) => [fingerprint, verdict.kind])).toEqual([
      [await future.fingerprint('rsa'), 'ok'],
      [await future.fingerprint('ed25519'), 'changed'],
      [await future.fingerprint('ecdsa'), 'revoked'],
    ]);
    expect((await future.log()).slice(before.length)).not.toMatch(/userauth|Accepted|Failed/);
    expect(await stored()).toBe('');
    expect(await looks()).toEqual([]);
  });

  test('ends by the error of the connection, or of ssh, where neither can', async () => {
    await client.configure(`${onlyKey(key)}\nKexAlgorithms ecdh-sha2-nistp521`);
    const attempt = scanHostKeys(client.target(future.address), client.options(nobody));
    await expect(attempt).rejects.toMatchObject({
      reason: 'handshake',
      message: expect.stringContaining('no matching key exchange method') as string,
    });
    expect(await looks()).toEqual([]);
  });
});

test('a look by ssh ends with the patience of whoever waits, and leaves nothing', async () => {
  const silent = createServer((socket) => {
    socket.write('SSH-2.0-OpenSSH_9.2\r\n');
    socket.on('error', () => socket.destroy());
  }).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;
  await client.configure(`${onlyKey(key)}\nKexAlgorithms sntrup761x25519-sha512@openssh.com`);
  const target = client.target(`127.0.0.1:${port}`, { connectTimeoutSeconds: 1 });
  await expect(scanHostKeys(target, client.options(nobody))).rejects.toMatchObject({
    reason: 'timeout',
  });
  expect(await looks()).toEqual([]);
  expect(await tool('pgrep', '-f', 'occ-look-').catch(() => '')).toBe('');
  silent.close();
});

describe('RevokedHostKeys', () => {
  const revoking = (file: string): Promise<void> =>
    client.configure(`${onlyKey(key)}\nRevokedHostKeys ${file}`);
  const look = () => scanHostKeys(client.target(server.address), client.options(nobody));
  const verdicts = async () => (await look()).keys.map(({ verdict }) => verdict);

  test('names a key by a line of its file, as ssh sees it', async () => {
    const file = join(client.path, 'revoked');
    await writeFile(file, `# given up\n\n  ${await server.hostKey('rsa')} old\n`);
    await revoking(file);
    await client.know(`${server.knownAs} ${await server.hostKey('rsa')}`);
    expect((await verdicts()).filter(({ kind }) => kind === 'revoked')).toEqual([
      { kind: 'revoked', line: { file, line: 3 } },
    ]);
    const target = client.target(server.address);
    expect(await sshOutcome(target)).toMatchObject({ loggedIn: false });
    await expect(greet(target, client.options(nobody))).rejects.toMatchObject({
      reason: 'host-key-revoked',
    });
  });

  test('names keys by a KRL', async () => {
    const file = join(client.path, 'krl');
    const revoked = join(client.path, 'key.pub');
    await writeFile(revoked, `${await server.hostKey('ecdsa')}\n`);
    await tool('ssh-keygen', '-q', '-k', '-f', file, revoked);
    await revoking(file);
    expect((await verdicts()).map(({ kind }) => kind)).toEqual(['new', 'revoked', 'new']);
    expect(await verdicts()).toContainEqual({ kind: 'revoked', line: { file, line: undefined } });
  });

  test.each([
    ['that is not there', undefined],
    ['with a line that is no key', 'nonsense\n'],
  ])('in a file %s makes no key good, as with ssh', async (_what, text) => {
    const file = join(client.path, 'revoked');
    if (text !== undefined) await writeFile(file, text);
    await revoking(file);
    await client.know(`${server.knownAs} ${await server.hostKey('ed25519')}`);
    await expect(look()).rejects.toMatchObject({
      reason: 'config',
      message: expect.stringContaining(file) as string,
    });
    expect(await sshOutcome(client.target(server.address))).toMatchObject({ loggedIn: false });
  });
});
