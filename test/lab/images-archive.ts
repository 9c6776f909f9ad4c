// Gets images into the engines of the lab's machines: saved once to a file that all of them see, then loaded in each.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDirectory } from '../../scripts/lib/dirs.mjs';
import { ensureBaseImage } from '../../scripts/lib/base-image.mjs';
import { run } from '../../scripts/lib/run.mjs';
import type { LabHost } from './lab-hosts.ts';

/** Label that occ gives to the images that it builds; the value says that it is an image. */
const occImageLabel = 'io.opencode-cloud.instance=image';

/** The directory that every machine sees as /lab. */
export function shareDirectory(): string {
  return cacheDirectory();
}

/** The base image, and the newest of occ's own images when one has been built on this machine already. */
export async function imagesToPreload(): Promise<readonly string[]> {
  const base = await ensureBaseImage('bookworm');
  const argv = ['docker', 'image', 'ls', 'opencode-cloud', '--filter', `label=${occImageLabel}`];
  const own = await run([...argv, '--format', '{{.Repository}}:{{.Tag}}']);
  // Newest first. Those that were made from something else before are of no use to a machine.
  const [newest = ''] = own.split('\n').filter((reference) => !reference.includes('<none>'));
  return newest === '' ? [base.reference] : [base.reference, newest];
}

/**
 * Saves images to one file; layers that they share are in it once.
 * @returns the file's name in {@link shareDirectory}
 */
export async function saveImages(references: readonly string[]): Promise<string> {
  const ids = await run(['docker', 'image', 'inspect', '--format', '{{.Id}}', ...references]);
  const hash = createHash('sha256')
    .update(`${references.join(' ')} ${ids}`)
    .digest('hex')
    .slice(0, 16);
  const name = `images-${hash}.tar`;
  const file = join(shareDirectory(), name);
  if (existsSync(file)) return name;
  const draft = `${file}.${process.pid}`;
  await run(['docker', 'save', '--output', draft, ...references]);
  await removeOldArchives();
  await rename(draft, file);
  return name;
}

/** Loads a saved file into the engine of a machine. */
export async function loadArchive(containerId: string, name: string): Promise<void> {
  await run([
    'docker',
    'exec',
    containerId,
    'docker',
    'load',
    '--quiet',
    '--input',
    `/lab/${name}`,
  ]);
}

/** Brings images of this machine's engine to a lab host, so that nothing is built there again. */
export async function loadImages(host: LabHost, references: readonly string[]): Promise<void> {
  await loadArchive(host.containerId, await saveImages(references));
}

/** A file that a machine is reading stays readable to it; only its name goes. */
async function removeOldArchives(): Promise<void> {
  const names = await readdir(shareDirectory());
  const old = names.filter((name) => /^images-[0-9a-f]{16}\.tar$/.test(name));
  await Promise.all(old.map((name) => rm(join(shareDirectory(), name), { force: true })));
}
