// Remembers which engine a host has, so that the next command need not ask. A small owner-only file per host.
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DialWay, Endpoint } from '../transport/transport.ts';
import type { EngineAddress } from './docker-address.ts';

/** Milliseconds after which the host is asked again: its DOCKER_HOST may have changed. As long as a warm connection. */
const validMs = 10 * 60_000;

/** What was found on one host, between commands. It is only ever a guess: who uses it forgets it when it fails. */
export interface EngineMemory {
  read(): Promise<EngineAddress | undefined>;
  write(address: EngineAddress): Promise<void>;
  forget(): Promise<void>;
}

/**
 * The memory of one host.
 * @param stateDir - occ's own directory
 * @param identity - everything that decides which host and login is meant; another identity is another memory
 */
export function engineMemory(stateDir: string, identity: readonly unknown[]): EngineMemory {
  const directory = join(stateDir, 'engines');
  const key = createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 32);
  const file = join(directory, `${key}.json`);
  return {
    read: async () => readAddress(await readFile(file, 'utf8').catch(() => ''), Date.now()),
    // What cannot be remembered is asked again: no reason to fail.
    write: async (address) => {
      if ('path' in address.endpoint) await write(directory, file, address).catch(() => undefined);
    },
    forget: () => rm(file, { force: true }).catch(() => undefined),
  };
}

async function write(directory: string, file: string, address: EngineAddress): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const fresh = `${file}.${randomBytes(6).toString('hex')}`;
  await writeFile(fresh, JSON.stringify({ ...address, at: Date.now() }), { mode: 0o600 });
  await rename(fresh, file);
}

/** Reads what {@link EngineMemory.write} wrote; undefined for anything else, and when it is too old. */
export function readAddress(text: string, now: number): EngineAddress | undefined {
  try {
    const { endpoint, source, lastWay, at } = JSON.parse(text) as Record<string, unknown>;
    const age = now - Number(at);
    if (typeof source !== 'string' || !(age >= 0 && age < validMs)) return undefined;
    const place = readEndpoint(endpoint);
    return place && { endpoint: place, source, lastWay: readWay(lastWay) };
  } catch {
    return undefined;
  }
}

/** A path alone: an address may lead to another machine's engine, whose answer proves nothing about this host. */
function readEndpoint(value: unknown): Endpoint | undefined {
  const { path } = (value ?? {}) as Record<string, unknown>;
  return typeof path === 'string' ? { path } : undefined;
}

function readWay(value: unknown): DialWay | undefined {
  const { bridge, asRoot, withPassword } = (value ?? {}) as Record<string, unknown>;
  if (withPassword === true) return undefined;
  // JSON leaves out a bridge that there was none of.
  if (bridge === undefined && asRoot === false) return { bridge, asRoot };
  if (bridge !== 'socat' && bridge !== 'perl' && bridge !== 'docker') return undefined;
  return { bridge, asRoot: asRoot === true };
}
