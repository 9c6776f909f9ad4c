// Directories for one login: whose they are, and which of them are swept.
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, stat, symlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeScratch, sweepScratch } from '../../../src/transport/warm/ssh-scratch.ts';

let within: string;

beforeEach(async () => {
  within = await mkdtemp('/tmp/occ-scratch-');
});
afterEach(() => rm(within, { recursive: true }));

/** The process id of a process that has ended. */
function deadPid(): number {
  return spawnSync('true').pid;
}

test('one is owner-only and carries the number of its process', async () => {
  const path = await makeScratch('ask', within);
  expect((await stat(path)).mode & 0o777).toBe(0o700);
  expect(basename(path)).toMatch(new RegExp(`^occ-ask-${process.pid}-\\w{6}$`));
});

test('those of dead processes are removed when the next is made; others stay', async () => {
  const mine = basename(await makeScratch('master', within));
  const dead = deadPid();
  for (const name of [`occ-ask-${dead}-abcdef`, `occ-master-${dead}-abcdef`]) {
    await mkdir(join(within, name, 'inside'), { recursive: true });
  }
  const others = [`occ-ask-${dead}`, `occ-else-${dead}-abcdef`, 'occ-ask-x-abcdef'];
  for (const name of others) await mkdir(join(within, name));
  const made = basename(await makeScratch('ask', within));
  expect((await readdir(within)).sort()).toEqual([mine, made, ...others].sort());
});

test('one whose socket answers stays, although its process is not seen from here', async () => {
  const name = `occ-ask-${deadPid()}-abcdef`;
  await mkdir(join(within, name));
  const server = createServer().listen(join(within, name, 'socket'));
  await once(server, 'listening');
  await sweepScratch(within);
  expect(await readdir(within)).toEqual([name]);
  server.close();
  await once(server, 'close');
  await sweepScratch(within);
  expect(await readdir(within)).toEqual([]);
});

test('a link is neither followed nor removed', async () => {
  const target = join(within, 'target');
  await mkdir(join(target, 'inside'), { recursive: true });
  const link = `occ-ask-${deadPid()}-abcdef`;
  await symlink(target, join(within, link));
  await sweepScratch(within);
  expect((await readdir(within)).sort()).toEqual([link, 'target']);
  expect(await readdir(target)).toEqual(['inside']);
});

test('a directory that is not there has none', async () => {
  await expect(sweepScratch(join(within, 'none'))).resolves.toBeUndefined();
});
