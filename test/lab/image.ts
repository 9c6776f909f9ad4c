// The image of a kind of machine: built once, found again by the hash of everything it is made from.
import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { GenericContainer } from 'testcontainers';

import { ensureBaseImage, haveImage } from '../../scripts/lib/base-image.mjs';
import { attempt, run } from '../../scripts/lib/run.mjs';
import { step } from '../../scripts/lib/say.mjs';
import { kinds } from './kinds.ts';
import type { Kind } from './kinds.ts';
import { labLabels } from './ownership.ts';

// Its cleaner comes from a registry. The lab removes what it made by itself.
process.env['TESTCONTAINERS_RYUK_DISABLED'] = 'true';

const context = fileURLToPath(new URL('./image', import.meta.url));

/** What {@link ensureLabImage} answers. */
export interface LabImage {
  readonly reference: string;
  /** False when it was there already. */
  readonly built: boolean;
}

/** Makes sure that the image of a kind is there and current. */
export async function ensureLabImage(kind: Kind): Promise<LabImage> {
  const { suite, buildArgs } = kinds[kind];
  const reference = `opencode-cloud-lab:${kind}`;
  const base = await ensureBaseImage(suite);
  const args = { ...buildArgs, BASE_IMAGE: base.reference };
  const hash = await contextHash([JSON.stringify(args), await imageId(base.reference)]);
  if ((await labelOf(reference)) === hash) return { reference, built: false };
  await step(`Building the lab's ${kind} machine (once)`, () => build(reference, hash, args));
  return { reference, built: true };
}

async function build(reference: string, hash: string, args: Record<string, string>): Promise<void> {
  const previous = (await haveImage(reference)) ? await imageId(reference) : undefined;
  await GenericContainer.fromDockerfile(context)
    .withBuildArgs({ ...args, LAB_HASH: hash })
    .build(reference, { deleteOnExit: false });
  // It stays while a running machine still uses it.
  if (previous !== undefined) await attempt(['docker', 'image', 'rm', previous]);
}

async function contextHash(extra: readonly string[]): Promise<string> {
  const hash = createHash('sha256').update(extra.join('\n'));
  const entries = await readdir(context, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((file) => join(file.parentPath, file.name));
  for (const file of files.sort()) {
    hash
      .update(file.slice(context.length))
      .update('\0')
      .update(await readFile(file));
  }
  return hash.digest('hex');
}

function imageId(reference: string): Promise<string> {
  return run(['docker', 'image', 'inspect', '--format', '{{.Id}}', reference]);
}

async function labelOf(reference: string): Promise<string | undefined> {
  if (!(await haveImage(reference))) return undefined;
  const format = `{{index .Config.Labels "${labLabels.image}"}}`;
  return run(['docker', 'image', 'inspect', '--format', format, reference]);
}
