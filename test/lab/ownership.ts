// Labels on everything that the lab makes, so that what a killed run leaves behind is found by the next one.
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { attempt, run } from '../../scripts/lib/run.mjs';
import { identify, isAlive } from '../../scripts/lib/processes.mjs';
import type { ProcessIdentity } from '../../scripts/lib/processes.mjs';

/** Label keys. */
export const labLabels = {
  /** Value: name of the set that a machine belongs to. */
  set: 'io.opencode-cloud.lab.set',
  /** Value: {@link Owner} as JSON. */
  owner: 'io.opencode-cloud.lab.owner',
  /** On images; value: hash of what the image was made from. */
  image: 'io.opencode-cloud.lab.image',
} as const;

/** Who a set lives for. A set with a process goes when the process does; one without stays until it is taken down. */
export interface Owner {
  readonly machine: string;
  readonly process?: ProcessIdentity;
}

/** This process owns the set. */
export function ownedByThisProcess(): Owner {
  const process = identify(globalThis.process.pid);
  return { machine: hostname(), ...(process === undefined ? {} : { process }) };
}

/** Nobody in particular: the set stays. */
export function ownedByNobody(): Owner {
  return { machine: hostname() };
}

/** True when the owner was a process of this machine that has ended. */
export function isAbandoned(owner: Owner): boolean {
  return owner.machine === hostname() && owner.process !== undefined && !isAlive(owner.process);
}

/** Reads an owner from a label or a file; undefined when it is none of ours. */
function parseOwner(text: string): Owner | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isOwner = typeof value === 'object' && value !== null && 'machine' in value;
    return isOwner ? (value as Owner) : undefined;
  } catch {
    return undefined;
  }
}

/** Like {@link parseOwner}, for a file that may be missing. */
export function readOwner(file: string): Owner | undefined {
  try {
    return parseOwner(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/** A container of the lab. */
export interface OwnedContainer {
  readonly id: string;
  readonly set: string;
  readonly owner: Owner | undefined;
}

/** All machines of the lab on this engine, running or not. */
export async function listMachines(): Promise<readonly OwnedContainer[]> {
  const format = `{{.ID}}\t{{.Label "${labLabels.set}"}}\t{{.Label "${labLabels.owner}"}}`;
  const filter = `label=${labLabels.set}`;
  const text = await run([
    'docker',
    'ps',
    '-a',
    '--no-trunc',
    '--filter',
    filter,
    '--format',
    format,
  ]);
  const lines = text === '' ? [] : text.split('\n');
  return lines.map((line) => {
    const [id = '', set = '', owner = ''] = line.split('\t');
    return { id, set, owner: parseOwner(owner) };
  });
}

/** Removes machines with their volumes. Those that are gone already do not matter. */
export async function removeMachines(ids: readonly string[]): Promise<void> {
  await Promise.all(
    ids.map(async (id) => {
      const { code, stderr } = await attempt(['docker', 'rm', '--force', '--volumes', id]);
      // Another sweep may be at it at the same time.
      const gone = /No such container|already in progress/.test(stderr);
      if (code !== 0 && !gone)
        throw new Error(`Machine ${id.slice(0, 12)} stays: ${stderr.trim()}`);
    }),
  );
}
