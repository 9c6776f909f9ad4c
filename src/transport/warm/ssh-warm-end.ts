// Ends connections that occ keeps: those of one host, or all. The user's own masters are never among them.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { refusedEnd } from '../mux/mux-forwards.ts';
import { isOwnSocket, isPrivateDirectory } from './ssh-warm-directory.ts';
import { endMaster } from './ssh-warm-live.ts';
import { ownerPart, ownerPartLength, socketNamePattern } from './ssh-warm-name.ts';
import { isStarting, startFile } from './ssh-warm-starts.ts';
import { sweep } from './ssh-warm-sweep.ts';

/** Milliseconds that a connection that is being made right now is waited for, so that it does not come up afterwards. */
const settleMs = 5000;

const pollMs = 50;

/**
 * The connections that are kept to a host, or are being made, whatever its settings were when that began; and those that
 * ended by themselves and left a note of what the host refused, which a new login may be allowed.
 * @param host - inventory name; undefined: to all hosts, those between included, also when the inventory has them no more
 * @returns names for {@link endKept}
 */
export async function keptConnections(runtimeDir: string, host?: string): Promise<string[]> {
  if (!(await isPrivateDirectory(runtimeDir))) return [];
  const owner = host === undefined ? undefined : ownerPart(host);
  const files: string[] = await readdir(runtimeDir).catch(() => []);
  const found: string[] = [];
  const names = files.map((name) => name.replace(startFile(''), '').replace(refusedEnd, ''));
  for (const file of new Set(names)) {
    if (!socketNamePattern.test(file)) continue;
    if (owner !== undefined && file.slice(0, ownerPartLength) !== owner) continue;
    const isThere = [file, `${file}${refusedEnd}`].some((name) => files.includes(name));
    if (isThere || (await isStarting(join(runtimeDir, file)))) found.push(file);
  }
  return found;
}

/**
 * Ends kept connections, and with them what runs over them.
 * @returns how many there were
 */
export async function endKept(runtimeDir: string, names: readonly string[]): Promise<number> {
  const ended = await Promise.all(names.map((name) => endOne(runtimeDir, name)));
  return ended.filter((was) => was).length;
}

/** Removes what is left in the directory when every connection was ended: notes about starts, sockets of nobody. */
export async function clearDirectory(runtimeDir: string): Promise<void> {
  await sweep(runtimeDir, 0);
}

async function endOne(runtimeDir: string, name: string): Promise<boolean> {
  const path = join(runtimeDir, name);
  const latest = performance.now() + settleMs;
  while (!(await isOwnSocket(runtimeDir, name))) {
    if (performance.now() > latest || !(await isStarting(path))) break;
    await delay(pollMs);
  }
  return (await endMaster(path)) === 'ended';
}
