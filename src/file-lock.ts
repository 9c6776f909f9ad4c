// A lock file beside a file of this machine, so that two runs of occ do not lose each other's edit.
import { randomUUID } from 'node:crypto';
import { open, readFile, rename, stat, unlink, link } from 'node:fs/promises';
import { getPriority, hostname } from 'node:os';
import { pid } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { LockedError } from './errors.ts';
import { codeOf } from './thrown.ts';

interface Holder {
  readonly pid: number;
  readonly hostname: string;
}

const pollMs = 50;

/** A lock file whose holder did not get round to writing its name is given up after this time. */
const unsignedLockMs = 10_000;

/**
 * Does the work while holding `<file>.lock`, which is created exclusively. A lock of a process of this machine that
 * has died is taken over.
 * @param waitMs - how long to wait for another holder, in milliseconds
 * @throws LockedError that names the holder
 */
export async function withFileLock<T>(
  file: string,
  work: () => Promise<T>,
  waitMs = 5000,
): Promise<T> {
  const path = `${file}.lock`;
  const text = `${JSON.stringify({ pid, hostname: hostname() } satisfies Holder)}\n`;
  const deadline = Date.now() + waitMs;
  while (!(await create(path, text))) {
    if (await removeStale(path)) continue;
    if (Date.now() >= deadline) throw await lockedError(file, path);
    await sleep(pollMs);
  }
  try {
    return await work();
  } finally {
    await release(path, text);
  }
}

async function create(path: string, text: string): Promise<boolean> {
  try {
    const handle = await open(path, 'wx', 0o600);
    await handle.writeFile(text).finally(() => handle.close());
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Answers whether the lock is gone, so that it is worth to try again at once. */
async function removeStale(path: string): Promise<boolean> {
  const text = await readIfThere(path);
  if (text === undefined) return true;
  if (!(await isStale(path, text))) return false;
  // Renaming first: of two processes that found it stale, only one gets it, and sees what it got.
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return true;
    throw error;
  }
  if ((await readIfThere(aside)) !== text) {
    // Another process took it over in between, and this is its lock: put it back.
    await link(aside, path).catch(ignoreExisting);
  }
  await unlink(aside);
  return true;
}

async function isStale(path: string, text: string): Promise<boolean> {
  const holder = parseHolder(text);
  if (holder) return holder.hostname === hostname() && !isAlive(holder.pid);
  const age = await stat(path).then(
    ({ mtimeMs }) => Date.now() - mtimeMs,
    () => 0,
  );
  return age > unsignedLockMs;
}

function isAlive(processId: number): boolean {
  try {
    getPriority(processId);
    return true;
  } catch (error) {
    return !(error instanceof Error && 'info' in error && codeOf(error.info) === 'ESRCH');
  }
}

function parseHolder(text: string): Holder | undefined {
  try {
    const value = JSON.parse(text) as Partial<Holder> | null;
    const isHolder = Number.isSafeInteger(value?.pid) && typeof value?.hostname === 'string';
    return isHolder ? (value as Holder) : undefined;
  } catch {
    return undefined;
  }
}

async function lockedError(file: string, path: string): Promise<LockedError> {
  const holder = parseHolder((await readIfThere(path)) ?? '');
  const who = holder ? `process ${holder.pid} on ${holder.hostname}` : 'another process';
  return new LockedError(`${file} is being changed by ${who}`, {
    hint: `Try again when it has ended. If no occ is running there, remove ${path}`,
  });
}

async function release(path: string, text: string): Promise<void> {
  // Somebody may have removed it by hand and another process taken it since.
  if ((await readIfThere(path)) === text) await unlink(path);
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function ignoreExisting(error: unknown): void {
  if (codeOf(error) !== 'EEXIST') throw error;
}
