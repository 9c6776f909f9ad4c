// The directory of sockets of kept connections: owner-only, looked at again before every use.
import { chmod, lstat, mkdir, readdir, rm } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { ownerPartLength, socketNamePattern } from './ssh-warm-name.ts';

/** True for a directory that belongs to this user and that nobody else can enter. A link to one is none. */
export async function isPrivateDirectory(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined);
  return found?.isDirectory() === true && belongsToUs(found);
}

/** True for a socket that belongs to this user and that nobody else can use, in such a directory. */
export async function isOwnSocket(directory: string, name: string): Promise<boolean> {
  if (!(await isPrivateDirectory(directory))) return false;
  const found = await lstat(join(directory, name)).catch(() => undefined);
  return found?.isSocket() === true && belongsToUs(found);
}

/**
 * Makes the directory where it is missing.
 * @returns whether it is there and as it must be
 */
export async function makePrivateDirectory(path: string): Promise<boolean> {
  const made = await mkdir(path, { recursive: true, mode: 0o700 }).catch(() => undefined);
  // A umask may have taken from it what its owner needs.
  if (made !== undefined) await chmod(path, 0o700).catch(() => undefined);
  return isPrivateDirectory(path);
}

/**
 * Names of the sockets in the directory: all of them, or those that were made for one owner.
 * @param owner - as {@link ownerPart} gives it
 */
export async function socketsIn(directory: string, owner?: string): Promise<string[]> {
  if (!(await isPrivateDirectory(directory))) return [];
  const names = await readdir(directory).catch(() => []);
  return names.filter(
    (name) =>
      socketNamePattern.test(name) &&
      (owner === undefined || name.slice(0, ownerPartLength) === owner),
  );
}

/** Removes what nobody answers at. What cannot be removed is in nobody's way: it is looked at before every use. */
export async function removeFile(path: string): Promise<void> {
  await rm(path, { force: true }).catch(() => undefined);
}

function belongsToUs({ uid, mode }: { uid: number; mode: number }): boolean {
  return uid === userInfo().uid && (mode & 0o077) === 0;
}
