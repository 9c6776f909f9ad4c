// Settings through the command line: exit codes, output for scripts, and the file that is written.
import { readFile, stat } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { newHome } from './cfg-occ.ts';

test('set, get and unset work from an empty home; the file is for its owner only', async () => {
  await using home = await newHome();
  expect((await home.occ(['config', 'path'])).stdout).toBe(`${home.inventory}\n`);
  expect(await home.occ(['config', 'get', 'port'])).toMatchObject({
    exitCode: 0,
    stdout: '3000\n',
  });
  expect(await home.occ(['config', 'set', 'port', '3001'])).toMatchObject({ exitCode: 0 });
  expect((await stat(home.inventory)).mode & 0o777).toBe(0o600);
  expect((await home.occ(['config', 'get', 'port'])).stdout).toBe('3001\n');
  const before = await readFile(home.inventory, 'utf8');
  expect((await home.occ(['config', 'set', 'port', '3001'])).stdout).toContain('already 3001');
  expect(await readFile(home.inventory, 'utf8')).toBe(before);
  await home.occ(['config', 'unset', 'port']);
  expect((await home.occ(['config', 'get', 'port'])).stdout).toBe('3000\n');
});

test.each([
  [['config', 'set', 'prot', '1'], 'Did you mean port?'],
  [['config', 'set', 'port', '70000'], 'a whole number from 1 to 65535'],
  [['config', 'set', 'port'], 'VALUE is missing'],
  [['user', 'add', 'Not Valid', '--generate'], 'a user name starts with'],
  [['user', 'add', 'alice'], '--password-stdin'],
  [['user', 'add', 'alice', '--password-stdin'], 'The password is empty'],
  [['host', 'show', 'web-1'], 'no host "web-1"'],
])('occ %j is a usage error that says what to do', async (words, expected) => {
  await using home = await newHome();
  const ran = await home.occ(words);
  expect(ran.exitCode).toBe(2);
  expect(ran.stdout).toBe('');
  expect(ran.stderr).toContain(expected);
  await expect(stat(home.inventory)).rejects.toThrow('ENOENT');
});

test('exposing the service warns on stderr', async () => {
  await using home = await newHome();
  const ran = await home.occ(['config', 'set', 'bind_address', '0.0.0.0']);
  expect(ran).toMatchObject({ exitCode: 0 });
  expect(ran.stderr).toContain('exposes the web UI');
  expect(ran.stdout).toContain('occ start applies it');
});
