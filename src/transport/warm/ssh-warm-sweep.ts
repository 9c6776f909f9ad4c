// Removes what was left behind in the directory of sockets: by masters that were killed, and by starts long ago.
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { askMaster } from '../mux/mux-client.ts';
import { isPrivateDirectory, removeFile } from './ssh-warm-directory.ts';
import { sweepScratch } from './ssh-scratch.ts';
import { leftBehindPattern } from './ssh-warm-name.ts';

/** Files younger than this are in use, or soon will be. */
const oldMs = 3_600_000;

let swept = false;

/** Sweeps a directory, once in the life of this process. */
export async function sweepOnce(directory: string): Promise<void> {
  if (swept) return;
  swept = true;
  await sweep(directory, oldMs);
}

/**
 * Removes sockets that nobody answers at, notes about starts, and what killed processes left.
 * @param olderThanMs - younger files are left alone
 */
export async function sweep(directory: string, olderThanMs: number): Promise<void> {
  if (!(await isPrivateDirectory(directory))) return;
  await sweepScratch(directory);
  const names = await readdir(directory).catch(() => []);
  const ours = names.filter((name) => leftBehindPattern.test(name));
  await Promise.all(ours.map((name) => sweepFile(join(directory, name), olderThanMs)));
}

async function sweepFile(path: string, olderThanMs: number): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined || Date.now() - found.mtimeMs < olderThanMs) return;
  if (found.isSocket() && (await answers(path))) return;
  await removeFile(path);
}

/** What is there and does not answer was stopped; it may go on. */
async function answers(path: string): Promise<boolean> {
  const state = await askMaster(path, 'check').catch(() => 'alive' as const);
  return state === 'alive';
}
