// Answers of `ssh -G` are kept until something that they depend on changes. A wrapper counts how often ssh really runs.
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { SshConfig } from '../../../src/transport/ssh-config/ssh-config.ts';

let directory: string;
let stateDir: string;
let configFile: string;
let env: Record<string, string | undefined>;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'occ-cache-'));
  stateDir = join(directory, 'state');
  configFile = join(directory, 'config');
  await mkdir(join(directory, 'bin'));
  await mkdir(join(directory, 'parts'));
  env = {
    PATH: `${join(directory, 'bin')}:${process.env['PATH'] ?? ''}`,
    COUNT: join(directory, 'count'),
  };
  const wrapper = `#!/bin/sh\necho x >>"$COUNT"\nPATH=\${PATH#*:} exec ssh "$@"\n`;
  await writeFile(join(directory, 'bin/ssh'), wrapper, { mode: 0o755 });
});
afterEach(() => rm(directory, { recursive: true }));

/** Writes a file as it would be had it been written a while ago. */
async function write(name: string, text: string): Promise<void> {
  const path = join(directory, name);
  await writeFile(path, text, { mode: 0o600 });
  const past = new Date(Date.now() - 60_000);
  await utimes(path, past, past);
}

/** As another run of occ would: nothing is left in memory. */
async function resolve(address = 'web'): Promise<SshConfig> {
  vi.resetModules();
  return resolveAgain(address);
}

async function resolveAgain(address = 'web'): Promise<SshConfig> {
  const { resolveSshConfig } = await import('../../../src/transport/ssh-config/ssh-config.ts');
  return resolveSshConfig(
    { host: 'web-1', address, configFile, connectTimeoutSeconds: 10 },
    { env, stateDir, signal: new AbortController().signal },
  );
}

async function runs(): Promise<number> {
  const text = await readFile(join(directory, 'count'), 'utf8').catch(() => '');
  return text.length / 2;
}

test('a second run does not start ssh, and gets the same', async () => {
  await write('config', `Include ${directory}/parts/*.conf\nHost web\n  Port 2222\n`);
  await write('parts/one.conf', 'User one\n');
  const first = await resolve();
  expect(first).toMatchObject({ port: 2222, user: 'one' });
  expect(await resolve()).toEqual(first);
  expect(await resolveAgain()).toEqual(first);
  expect(await runs()).toBe(1);
  await resolve('other');
  expect(await runs()).toBe(2);
});

test('what changes is seen: a file, a new file, a file that goes, a variable, ssh itself', async () => {
  await write('config', `Include ${directory}/parts/*.conf\nIdentityAgent \${AGENT}\n`);
  env['AGENT'] = '/run/one';
  expect((await resolve()).agentSocket).toBe('/run/one');
  env['AGENT'] = '/run/two';
  expect((await resolve()).agentSocket).toBe('/run/two');

  await write('parts/one.conf', 'User one\n');
  expect((await resolve()).user).toBe('one');
  await write('parts/one.conf', 'User two\n');
  expect((await resolve()).user).toBe('two');
  await write('parts/0.conf', 'User zero\n');
  expect((await resolve()).user).toBe('zero');
  await rm(join(directory, 'parts/0.conf'));
  expect((await resolve()).user).toBe('two');

  const before = await runs();
  await resolve();
  expect(await runs()).toBe(before);
  await chmod(join(directory, 'bin/ssh'), 0o700);
  await resolve();
  expect(await runs()).toBe(before + 1);
});

test.each([
  ['a command decides', 'Match exec "test -e /"\n  User one\n'],
  ['a command decides in a file that is included', 'Include parts/one.conf\n'],
  ['names are looked up', 'CanonicalizeHostname yes\nCanonicalDomains invalid\n'],
  ['aliases are followed', 'CanonicalizePermittedCNAMEs *:*\nHostName localhost\n'],
  ['it holds what may be a secret', 'SetEnv TOKEN=x\n'],
])('nothing is kept where %s', async (_name, text) => {
  await write('parts/one.conf', 'Match host x exec "true"\n  User one\n');
  await write('config', text.replace('parts/', `${directory}/parts/`));
  await resolve();
  await resolve();
  expect(await runs()).toBe(2);
  expect(await readdir(stateDir).catch(() => [])).toEqual([]);
});

test('nothing is kept of a file that was written just now', async () => {
  await writeFile(configFile, 'User one\n', { mode: 0o600 });
  await resolve();
  await resolve();
  expect(await runs()).toBe(2);
});

test('entries are for the owner only; one that others could write, or that is damaged, is not used', async () => {
  await write('config', 'User one\n');
  await resolve();
  const cache = join(stateDir, 'ssh-config');
  const [name = ''] = await readdir(cache);
  const entry = join(cache, name);
  expect((await stat(cache)).mode & 0o777).toBe(0o700);
  expect((await stat(entry)).mode & 0o777).toBe(0o600);

  const text = await readFile(entry, 'utf8');
  await writeFile(entry, text.replace('user one', 'user evil'));
  expect((await resolve()).user, 'the entry is read at all').toBe('evil');
  await chmod(entry, 0o620);
  expect((await resolve()).user).toBe('one');
  await chmod(cache, 0o755);
  await writeFile(entry, text.replace('user one', 'user evil'), { mode: 0o600 });
  expect((await resolve()).user).toBe('one');
  await chmod(cache, 0o700);
  for (const damaged of ['', '{', '{}', 'null', text.slice(0, 200)]) {
    await writeFile(entry, damaged);
    expect((await resolve()).user).toBe('one');
  }
});

test('hosts that are asked for at once share a question; the oldest entries go', async () => {
  await write('config', 'User one\n');
  const cache = join(stateDir, 'ssh-config');
  await mkdir(cache, { recursive: true, mode: 0o700 });
  for (let index = 0; index < 300; index++) await writeFile(join(cache, `old-${index}`), '');
  vi.resetModules();
  await Promise.all(Array.from({ length: 20 }, () => resolveAgain()));
  expect(await runs()).toBe(1);
  const names = await readdir(cache);
  expect(names).toHaveLength(256);
  expect(names.filter((name) => !name.startsWith('old-'))).toHaveLength(1);
});
