// Reads one file of a container, running or not. Docker Engine API v1.41, ContainerArchive.
import { Readable } from 'node:stream';
import { extract } from 'tar-stream';
import type { DockerClient } from './docker-client.ts';

/** Bytes of a file that is read whole. */
const largestBytes = 1024 * 1024;

const notFound = [404];

/**
 * The text of a file in a container; of one that is stopped, its volumes included. Undefined when there is no such file
 * or no such container.
 * @throws DockerError also when the file is larger than 1 MiB, or no file
 */
export async function readContainerFile(
  { docker, attemptUnless }: DockerClient,
  container: string,
  path: string,
): Promise<string | undefined> {
  return attemptUnless(notFound, `read ${path} in container ${container}`, async () => {
    const tar = await docker.getContainer(container).getArchive({ path });
    return firstFile(Readable.from(tar));
  });
}

async function firstFile(tar: Readable): Promise<string> {
  const entries = tar.pipe(extract());
  tar.on('error', (error) => entries.destroy(error));
  try {
    for await (const entry of entries) {
      const { type, size } = entry.header;
      if (type !== 'file') throw new Error(`it is no file: ${type}`);
      if (size > largestBytes) throw new Error(`it is too large: ${size} bytes`);
      const chunks: Buffer[] = [];
      for await (const chunk of entry) chunks.push(chunk as Buffer);
      return Buffer.concat(chunks).toString('utf8');
    }
    throw new Error('the engine sent no file');
  } finally {
    tar.destroy();
  }
}
