// occ's own known_hosts file: owner-only, mended, without doubles, safe among writers.
import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hostKeyName } from '../../../src/transport/host-keys/known-hosts.ts';
import {
  forgetHostKeys,
  ownKnownHostsFile,
  readKnownHosts,
  trustHostKey,
} from '../../../src/transport/host-keys/known-hosts-store.ts';

const keyOf = (seed: number): Buffer =>
  Buffer.concat([
    Buffer.from([0, 0, 0, 11]),
    Buffer.from('ssh-ed25519'),
    Buffer.from([0, 0, 0, 32]),
    Buffer.alloc(32, seed),
  ]);

let base: string;
let stateDir: string;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'occ-state-'));
  stateDir = join(base, 'deep', 'state');
});
afterEach(() => rm(base, { recursive: true }));

test('makes an owner-only file in an owner-only directory', async () => {
  await trustHostKey(stateDir, '[Host.Example]:2222', keyOf(1));
  const file = ownKnownHostsFile(stateDir);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect((await stat(stateDir)).mode & 0o777).toBe(0o700);
  expect(await readFile(file, 'utf8')).toBe(
    `[host.example]:2222 ssh-ed25519 ${keyOf(1).toString('base64')}\n`,
  );
});

test('keeps a name hashed, once, where that is wanted; ssh-keygen finds it', async () => {
  const file = ownKnownHostsFile(stateDir);
  await trustHostKey(stateDir, '[Host.Example]:2222', keyOf(1), true);
  await trustHostKey(stateDir, '[host.example]:2222', keyOf(1), true);
  const text = await readFile(file, 'utf8');
  expect(text).toMatch(/^\|1\|[^ ]+ ssh-ed25519 [^ ]+\n$/);
  const argv = ['-F', '[host.example]:2222', '-f', file];
  expect(execFileSync('ssh-keygen', argv, { encoding: 'utf8' })).toContain('found: line 1');
});

describe('forgetHostKeys', () => {
  test('removes what is known under the name, hashed or not, but for the keys to keep', async () => {
    await trustHostKey(stateDir, 'a', keyOf(1));
    await trustHostKey(stateDir, 'a', keyOf(2), true);
    await trustHostKey(stateDir, 'a', keyOf(3));
    await trustHostKey(stateDir, 'b', keyOf(1));
    await forgetHostKeys(stateDir, hostKeyName('a', 22), [keyOf(3)]);
    const lines = await readKnownHosts([ownKnownHostsFile(stateDir)]);
    expect(lines.map(({ hosts, key }) => [hosts, key])).toEqual([
      ['a', keyOf(3)],
      ['b', keyOf(1)],
    ]);
    expect((await stat(ownKnownHostsFile(stateDir))).mode & 0o777).toBe(0o600);
    expect(await readdir(stateDir)).toEqual(['known_hosts']);
  });

  test('leaves other lines as they are, and makes no file', async () => {
    await forgetHostKeys(stateDir, hostKeyName('a', 22), []);
    await expect(readdir(stateDir)).rejects.toMatchObject({ code: 'ENOENT' });
    await trustHostKey(stateDir, 'b', keyOf(1));
    const encoded = keyOf(1).toString('base64');
    const others = [
      `# a ssh-ed25519 ${encoded}`,
      `a,b ssh-ed25519 ${encoded}`,
      `* ssh-ed25519 ${encoded}`,
      `@revoked a ssh-ed25519 ${encoded}`,
      `[a]:2222 ssh-ed25519 ${encoded}`,
      'a ssh-ed25519 damaged',
      '',
    ];
    await writeFile(ownKnownHostsFile(stateDir), others.join('\r\n'));
    await forgetHostKeys(stateDir, hostKeyName('a', 22), []);
    expect(await readFile(ownKnownHostsFile(stateDir), 'utf8')).toBe(others.join('\r\n'));
  });

  test('and writers that come at once lose nothing of each other', async () => {
    await trustHostKey(stateDir, 'old', keyOf(1));
    const names = Array.from({ length: 8 }, (_, index) => `host-${index}`);
    await Promise.all([
      ...names.map((name, index) => trustHostKey(stateDir, name, keyOf(index))),
      forgetHostKeys(stateDir, hostKeyName('old', 22), []),
    ]);
    const lines = await readKnownHosts([ownKnownHostsFile(stateDir)]);
    expect(lines.map((line) => line.hosts).sort()).toEqual(names);
  });
});

test.each(['*', 'web-?', 'a,prod.example', '!prod', '|1|x|y', '@revoked', 'a b', 'a\nb', ''])(
  'keeps no key under %j, which stands for other hosts too',
  async (name) => {
    await trustHostKey(stateDir, 'known', keyOf(1));
    await expect(trustHostKey(stateDir, name, keyOf(2))).rejects.toMatchObject({
      code: 'connect.config',
    });
    const lines = await readKnownHosts([ownKnownHostsFile(stateDir)]);
    expect(lines.map((line) => line.hosts)).toEqual(['known']);
  },
);

test('mends a missing line end and does not repeat a line', async () => {
  await trustHostKey(stateDir, 'a', keyOf(1));
  const file = ownKnownHostsFile(stateDir);
  await writeFile(file, (await readFile(file, 'utf8')).trimEnd());
  await trustHostKey(stateDir, 'a', keyOf(1));
  await trustHostKey(stateDir, 'b', keyOf(2));
  await trustHostKey(stateDir, 'b', keyOf(2));
  const lines = await readKnownHosts([file]);
  expect(lines.map((line) => line.hosts)).toEqual(['a', 'b']);
});

test('keeps every line of writers that come at once', async () => {
  const names = Array.from({ length: 20 }, (_, index) => `host-${index}`);
  await Promise.all(names.map((name, index) => trustHostKey(stateDir, name, keyOf(index))));
  const lines = await readKnownHosts([ownKnownHostsFile(stateDir)]);
  expect(lines.map((line) => line.hosts).sort()).toEqual([...names].sort());
});

test('takes over the lock of a process that died', async () => {
  await trustHostKey(stateDir, 'a', keyOf(1));
  const lock = `${ownKnownHostsFile(stateDir)}.lock`;
  await writeFile(lock, '');
  const longAgo = new Date(Date.now() - 60_000);
  await utimes(lock, longAgo, longAgo);
  await trustHostKey(stateDir, 'b', keyOf(2));
  expect(await readKnownHosts([ownKnownHostsFile(stateDir)])).toHaveLength(2);
});

test('files that do not exist count as empty', async () => {
  expect(await readKnownHosts([join(base, 'none'), join(base, 'none', 'deeper')])).toEqual([]);
});
