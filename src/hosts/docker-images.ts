// Images and volumes of the engine. Docker Engine API v1.41 and later.
import { buildImage } from './docker-build.ts';
import type { DockerClient } from './docker-client.ts';
import { readImage, readImageEntry } from './docker-records.ts';
import type { Engine } from './engine.ts';

type ImageMethods = Pick<
  Engine,
  'inspectImage' | 'listImages' | 'tagImage' | 'removeImage' | 'buildImage'
>;

type VolumeMethods = Pick<Engine, 'ensureVolume' | 'removeVolume'>;

const notFound = [404];

/** The methods for images. */
export function imageMethods(client: DockerClient): ImageMethods {
  const { docker, attempt, attemptUnless } = client;
  return {
    async inspectImage(ref) {
      const found = await attemptUnless(notFound, `inspect image ${ref}`, () =>
        docker.getImage(ref).inspect(),
      );
      return found && readImage(found);
    },
    async listImages(label) {
      const found = await attempt('list images', () =>
        docker.listImages({ filters: { label: [label] } }),
      );
      return found.map(readImageEntry);
    },
    async tagImage(ref, newRef) {
      await attempt(`tag image ${ref} as ${newRef}`, () =>
        docker.getImage(ref).tag(splitReference(newRef)),
      );
    },
    async removeImage(ref) {
      await attemptUnless(notFound, `remove image ${ref}`, () => docker.getImage(ref).remove());
    },
    buildImage: (context, options, onEvent) => buildImage(client, context, options, onEvent),
  };
}

/** The methods for volumes. */
export function volumeMethods({ docker, attempt, attemptUnless }: DockerClient): VolumeMethods {
  return {
    async ensureVolume(name, labels) {
      const doing = `create volume ${name}`;
      const found = await attemptUnless(notFound, doing, () => docker.getVolume(name).inspect());
      if (found) return false;
      await attempt(doing, () => docker.createVolume({ Name: name, Labels: { ...labels } }));
      return true;
    },
    async removeVolume(name) {
      await attemptUnless(notFound, `remove volume ${name}`, () => docker.getVolume(name).remove());
    },
  };
}

/** Parts repository and tag: the last colon, unless it belongs to the registry's port. */
export function splitReference(ref: string): { repo: string; tag: string } {
  const colon = ref.lastIndexOf(':');
  if (colon <= ref.lastIndexOf('/')) return { repo: ref, tag: 'latest' };
  return { repo: ref.slice(0, colon), tag: ref.slice(colon + 1) };
}
