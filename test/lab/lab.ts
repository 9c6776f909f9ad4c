// The lab: a named set of real remote machines, brought up together and taken down together.
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stateDirectory } from '../../scripts/lib/dirs.mjs';
import { run } from '../../scripts/lib/run.mjs';
import { bootMachine, wakeMachine } from './boot.ts';
import type { BootOptions } from './boot.ts';
import { ensureLabImage } from './image.ts';
import type { LabImage } from './image.ts';
import { imagesToPreload, saveImages } from './images-archive.ts';
import type { MachineRequest } from './kinds.ts';
import { labFile, makeKey, readKey, readLab, writeLabFiles } from './lab-files.ts';
import type { Lab, LabHost } from './lab-hosts.ts';
import { isAbandoned, labLabels, listMachines, readOwner, removeMachines } from './ownership.ts';
import type { Owner } from './ownership.ts';

/** What {@link bringUp} is asked for. */
export interface LabRequest {
  /** Name of the set. */
  readonly set: string;
  readonly machines: readonly MachineRequest[];
  readonly owner: Owner;
}

/** The key that every login of every machine of a set accepts. */
const loginKeyName = 'login_key';

/** Where a set keeps its files. */
export function setDirectory(set: string): string {
  return join(stateDirectory('lab'), set);
}

/** Boots the machines side by side. When one fails, all are removed before the failure is told. */
export async function bringUp(request: LabRequest): Promise<Lab> {
  await removeAbandoned();
  await takeDown(request.set);
  const directory = setDirectory(request.set);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await writeFile(ownerFile(directory), JSON.stringify(request.owner));
  try {
    await makeKey(directory, loginKeyName);
    return await bootAll(request, directory, []);
  } catch (error) {
    await takeDown(request.set);
    throw error;
  }
}

/** Like {@link bringUp}, but machines of the set that are there stay as they are, and are started if they are stopped. */
export async function ensureUp(request: LabRequest): Promise<Lab> {
  const lab = await findLab(request.set);
  const there = new Set((await listMachines()).map(({ id }) => id));
  const present = lab?.hosts.filter(({ containerId }) => there.has(containerId)) ?? [];
  if (present.length === 0) return bringUp(request);
  await Promise.all(present.map(wakeMachine));
  const machines = request.machines.filter(({ name }) =>
    present.every((host) => host.name !== name),
  );
  return bootAll({ ...request, machines }, setDirectory(request.set), present);
}

/** Builds what is missing, one after the other: they would only compete for the processor. */
async function ensureImages(
  machines: readonly Pick<MachineRequest, 'kind'>[],
): Promise<readonly LabImage[]> {
  const images: LabImage[] = [];
  for (const kind of new Set(machines.map((machine) => machine.kind))) {
    images.push(await ensureLabImage(kind));
  }
  return images;
}

async function bootAll(
  request: LabRequest,
  directory: string,
  present: readonly LabHost[],
): Promise<Lab> {
  await ensureImages(request.machines);
  const options: BootOptions = {
    labels: {
      [labLabels.set]: request.set,
      [labLabels.owner]: JSON.stringify(request.owner),
    },
    directory,
    loginKey: await readKey(directory, loginKeyName),
    archive: await saveImages(await imagesToPreload()),
    cgroupVersion: await cgroupVersion(),
    keep: request.owner.process === undefined,
  };
  const boots = await Promise.allSettled(
    request.machines.map((machine) => bootMachine(machine, options)),
  );
  const booted = boots.flatMap((boot) => (boot.status === 'fulfilled' ? [boot.value] : []));
  // Those that did boot are written down in any case, so that another try finds them.
  const lab = await writeLabFiles(directory, [...present, ...booted]);
  const failed = boots.find((boot) => boot.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return lab;
}

/** Removes a set: its machines, their volumes, its keys. Nothing happens when there is none. */
export async function takeDown(set: string): Promise<number> {
  const machines = (await listMachines()).filter((machine) => machine.set === set);
  await removeMachines(machines.map(({ id }) => id));
  await rm(setDirectory(set), { recursive: true, force: true });
  return machines.length;
}

/** Removes what killed runs have left: sets whose owner has ended. */
export async function removeAbandoned(): Promise<void> {
  const machines = await listMachines();
  const abandoned = machines.filter(({ owner }) => owner !== undefined && isAbandoned(owner));
  await removeMachines(abandoned.map(({ id }) => id));
  for (const set of await readdir(stateDirectory('lab'))) {
    const owner = readOwner(ownerFile(setDirectory(set)));
    if (owner !== undefined && isAbandoned(owner)) {
      await rm(setDirectory(set), { recursive: true, force: true });
    }
  }
}

/** A set that is up, or undefined. */
export async function findLab(set: string): Promise<Lab | undefined> {
  const file = labFile(setDirectory(set));
  return existsSync(file) ? readLab(file) : undefined;
}

function ownerFile(directory: string): string {
  return join(directory, 'owner.json');
}

async function cgroupVersion(): Promise<1 | 2> {
  return (await run(['docker', 'info', '--format', '{{.CgroupVersion}}'])) === '2' ? 2 : 1;
}
