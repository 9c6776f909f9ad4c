// Gives the contract and e2e projects one lab: boots it once per run, or uses the one that OCC_LAB_FILE names.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import type { TestProject } from 'vitest/node';
import { requireEngine } from '../../scripts/lib/ensure-engine.mjs';
import { sshAnswers } from './boot.ts';
import { alternate } from './kinds.ts';
import { readLab } from './lab-files.ts';
import type { Lab } from './lab-hosts.ts';
import { bringUp, setDirectory, takeDown } from './lab.ts';
import { labLabels, ownedByThisProcess } from './ownership.ts';

/** Each project loads this module anew, so what they share is kept outside of it. */
interface Shared {
  lab?: Promise<Lab>;
  users: number;
}

const key = Symbol.for('opencode-cloud.lab');
const shared = ((globalThis as Record<symbol, unknown>)[key] ??= { users: 0 }) as Shared;

const set = `run-${process.pid}`;
const attachTo = process.env['OCC_LAB_FILE'];

/** Turns a signal into an exit, with the exit code that shells give to it. */
const endings = [
  ['SIGINT', () => process.exit(130)],
  ['SIGTERM', () => process.exit(143)],
  ['SIGHUP', () => process.exit(129)],
] as const;

/** vitest calls this once for each project that has tests to run. */
export async function setup(project: TestProject): Promise<void> {
  shared.users += 1;
  shared.lab ??= attachTo === undefined ? boot() : attach(attachTo);
  project.provide('lab', await shared.lab);
}

/** Called once for each project, also when tests failed. */
export async function teardown(): Promise<void> {
  shared.users -= 1;
  if (shared.users > 0 || attachTo !== undefined) return;
  await takeDown(set);
  process.off('exit', removeAtOnce);
  for (const [signal, end] of endings) process.off(signal, end);
}

async function boot(): Promise<Lab> {
  await requireEngine();
  // vitest ends at a signal without teardown, and an exiting process cannot wait.
  process.on('exit', removeAtOnce);
  for (const [signal, end] of endings) process.on(signal, end);
  return bringUp({ set, machines: alternate(2), owner: ownedByThisProcess() });
}

async function attach(file: string): Promise<Lab> {
  await requireEngine();
  const lab = await readLab(file);
  await Promise.all(lab.hosts.map((host) => sshAnswers(host.port)));
  return lab;
}

function removeAtOnce(): void {
  const argv = ['ps', '--all', '--quiet', '--filter', `label=${labLabels.set}=${set}`];
  const ids = spawnSync('docker', argv, { encoding: 'utf8' }).stdout.split('\n').filter(Boolean);
  if (ids.length > 0) spawnSync('docker', ['rm', '--force', '--volumes', ...ids]);
  rmSync(setDirectory(set), { recursive: true, force: true });
}
