// Directories for one login: owner-only, named after the process that uses them, so that those of the dead can be told.
import { once } from 'node:events';
import { lstat, mkdtemp, readdir, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { kill, pid } from 'node:process';
import { userInfo } from 'node:os';
import { askMaster } from '../mux/mux-client.ts';

/** `ask`: the helper that ssh asks through, and its `socket`. `master`: the socket `master` of one connection alone. */
export type ScratchKind = 'ask' | 'master';

/** What a directory of {@link makeScratch} adds to the path: 25 bytes at most. */
const namePattern = /^occ-(ask|master)-(\d{1,10})-[A-Za-z0-9]{6}$/;

/**
 * Makes one, and removes those that killed processes left behind.
 * @param within - a directory that is there
 */
export async function makeScratch(kind: ScratchKind, within: string): Promise<string> {
  await sweepScratch(within);
  return mkdtemp(join(within, `occ-${kind}-${pid}-`));
}

/** Removes the directories of processes that are gone. What nobody else may remove either is left. */
export async function sweepScratch(within: string): Promise<void> {
  const names = await readdir(within).catch(() => []);
  await Promise.all(
    names.map(async (name) => {
      const [, kind, owner] = namePattern.exec(name) ?? [];
      if (owner === undefined || isRunning(Number(owner))) return;
      const path = join(within, name);
      if (!(await isOurs(path)) || (await isUsed(path, kind === 'ask'))) return;
      await rm(path, { recursive: true, force: true }).catch(() => undefined);
    }),
  );
}

function isRunning(owner: number): boolean {
  try {
    return kill(owner, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

async function isOurs(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined);
  return found?.isDirectory() === true && found.uid === userInfo().uid;
}

/** A process that is not seen from here, such as one outside of this container, may be there; its socket answers. */
async function isUsed(path: string, isAsk: boolean): Promise<boolean> {
  if (isAsk) return answers(join(path, 'socket'));
  const state = await askMaster(join(path, 'master'), 'check').catch(() => 'alive' as const);
  return state === 'alive';
}

async function answers(path: string): Promise<boolean> {
  const socket = connect(path);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
