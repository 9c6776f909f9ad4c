// Makes sure that a host has the image that this version of occ and the host's settings ask for.
import type { Engine } from '../../hosts/engine.ts';
import { version } from '../../version.ts';
import { labels } from '../labels.ts';
import type { HostContext, Step } from '../operation.ts';
import { buildProgress } from './build-progress.ts';
import { contextHash, packContext, type ContextInput } from './context.ts';
import { readExtraCa } from './extra-ca.ts';
import { imageReference } from './image-reference.ts';
import { readToolsLock } from './tools-lock.ts';

/** The image that a host is to use, and what has to be done before it is there. */
export interface ImagePlan {
  readonly imageRef: string;
  /** Empty when the host has it. */
  readonly steps: readonly Step[];
}

/**
 * Compares the host's image with what is wanted. `rebuild` asks for a new one in any case, with nothing taken from the
 * builder's cache, so that the distribution's updates get in.
 * @throws UsageError when the host's `extra_ca_file` cannot be read or holds no certificate
 */
export async function planImage(
  context: HostContext,
  { rebuild }: { readonly rebuild: boolean },
): Promise<ImagePlan> {
  const { host } = context;
  const input = { baseImage: host.settings.base_image, extraCa: await readExtraCa(host) };
  const hash = contextHash(input);
  const imageRef = imageReference(hash);
  const engine = await host.engine();
  const present = await engine.inspectImage(imageRef);
  if (!rebuild && present?.labels[labels.contextHash] === hash) return { imageRef, steps: [] };
  const because = rebuild ? 'as asked' : present ? 'another has its name' : 'it is missing';
  const job = { engine, imageRef, hash, input, noCache: rebuild };
  return {
    imageRef,
    steps: [
      { summary: `build image ${imageRef}, because ${because}`, apply: () => build(context, job) },
    ],
  };
}

interface BuildJob {
  readonly engine: Engine;
  readonly imageRef: string;
  readonly hash: string;
  readonly input: ContextInput;
  readonly noCache: boolean;
}

/** The engine tags only what was built to the end: after a failure the old image still has its name. */
async function build({ host, emit, signal }: HostContext, job: BuildJob): Promise<void> {
  const { engine, imageRef, hash, input, noCache } = job;
  await engine.buildImage(
    packContext(input),
    {
      tags: [imageRef],
      target: 'core',
      labels: imageLabels(hash),
      buildArgs: input.baseImage === undefined ? {} : { BASE_IMAGE: input.baseImage },
      noCache,
      signal,
    },
    buildProgress(emit, host.name, `build image ${imageRef}`),
  );
}

function imageLabels(hash: string): Readonly<Record<string, string>> {
  return {
    [labels.instance]: 'image',
    [labels.version]: version,
    [labels.contextHash]: hash,
    [labels.opencodeVersion]: readToolsLock().opencode.version,
  };
}
