// Reads and atomically writes the inventory file on this machine. Symbolic links stay; modes become owner-only.
import { randomUUID } from 'node:crypto';
import { chmod, mkdir, open, readFile, realpath, rename, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { InventoryError } from '../errors.ts';
import { codeOf } from '../thrown.ts';
import { largestInventory } from './inventory-document.ts';

/** What is on the disk. `text` is empty when the file does not exist. */
export interface InventoryText {
  readonly text: string;
  readonly exists: boolean;
}

/**
 * Reads the file.
 * @throws InventoryError when it cannot be read, is larger than 1 MiB, or is not UTF-8
 */
export async function readInventoryFile(file: string): Promise<InventoryText> {
  try {
    const { size } = await regularFile(file);
    if (size > largestInventory) {
      throw problem(file, `expected at most 1 MiB, found ${size} bytes`);
    }
    return { text: decode(file, await readFile(file)), exists: true };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return { text: '', exists: false };
    throw unreadable(file, error);
  }
}

/**
 * Replaces the file: written beside it, synced, renamed; mode 0600. Missing directories are created with mode 0700.
 * A link stays a link, and what it points to is replaced. The owner stays when root edits another user's file.
 */
export async function writeInventoryFile(file: string, text: string): Promise<void> {
  const target = await targetOf(file);
  const temporary = join(dirname(target), `.${basename(target)}.${randomUUID()}`);
  const handle = await open(temporary, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    await keepOwner(target, (uid, gid) => handle.chown(uid, gid));
    await handle.sync();
    await handle.close();
    await rename(temporary, target);
  } catch (error) {
    await handle.close().catch(() => undefined);
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
}

/**
 * Makes the directory of the file ready to be written to, owner-only when it is made here or is occ's own.
 * @param own - occ's configuration directory: its mode is tightened; any other directory is the user's business
 */
export async function prepareDirectory(file: string, own: string): Promise<void> {
  const directory = dirname(await targetOf(file));
  await mkdir(directory, { recursive: true, mode: 0o700 });
  if (dirname(file) === own) await chmod(own, 0o700);
}

/** The file itself, behind symbolic links; its lock and its temporary file stand beside it. */
export async function targetOf(file: string): Promise<string> {
  try {
    return await realpath(file);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw unreadable(file, error);
    return file;
  }
}

/** Says why a file cannot be written in words; other errors are passed on. */
export function unwritable(file: string, error: unknown): unknown {
  const why = reasons.get(codeOf(error) ?? '');
  return why === undefined ? error : problem(file, `cannot be written: ${why}`, error);
}

async function regularFile(file: string) {
  const stats = await stat(file);
  if (!stats.isFile()) {
    throw problem(
      file,
      `expected a file, found ${stats.isDirectory() ? 'a directory' : 'a device or pipe'}`,
    );
  }
  return stats;
}

async function keepOwner(
  target: string,
  chown: (uid: number, gid: number) => Promise<void>,
): Promise<void> {
  const old = await stat(target).catch(() => undefined);
  if (!old) return;
  // Only root can give a file away; for everybody else it has the owner it must have.
  await chown(old.uid, old.gid).catch((error: unknown) => {
    if (codeOf(error) !== 'EPERM') throw error;
  });
}

function decode(file: string, bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw problem(file, 'expected UTF-8 text, found other bytes');
  }
}

const reasons = new Map([
  ['EACCES', 'permission denied'],
  ['EPERM', 'the operation is not permitted'],
  ['EROFS', 'the file system is read-only'],
  ['ENOSPC', 'no space left on the disk'],
  ['ENOTDIR', 'a part of its path is not a directory'],
  ['EEXIST', 'a part of its path is not a directory'],
  ['ELOOP', 'too many symbolic links'],
  ['ENAMETOOLONG', 'its name is too long'],
]);

function unreadable(file: string, error: unknown): unknown {
  const why = reasons.get(codeOf(error) ?? '');
  return why === undefined ? error : problem(file, `cannot be read: ${why}`, error);
}

function problem(file: string, message: string, cause?: unknown): InventoryError {
  return new InventoryError(file, [{ line: undefined, column: undefined, key: '', message }], {
    cause,
  });
}
