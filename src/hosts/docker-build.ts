// Builds an image with the classic builder, which every engine since 20.10 has and which needs no session.
import type { Readable } from 'node:stream';
import type Docker from 'dockerode';
import { DockerError } from '../errors.ts';
import { BuildProgress } from './docker-build-progress.ts';
import type { DockerClient } from './docker-client.ts';
import { dockerError, translateFailure, type Attempt } from './docker-errors.ts';
import type { BuildEvent, BuildOptions } from './engine.ts';

/**
 * Sends the context, reports progress, answers the image id. Aborting ends the request, and with it the build.
 * @throws DockerError `build` with the last lines of output, `no-space`, `not-found` for a base image, `api`
 */
export async function buildImage(
  client: DockerClient,
  context: Readable,
  options: BuildOptions,
  onEvent: (event: BuildEvent) => void,
): Promise<string> {
  const { host } = client;
  const { signal } = options;
  const doing = `build image ${options.tags[0] ?? ''}`.trim();
  try {
    const output = await client.attempt(doing, () => startBuild(client, context, options), signal);
    const progress = new BuildProgress(onEvent);
    for await (const chunk of output as AsyncIterable<Buffer>) progress.push(chunk);
    return finish(progress, { host, doing });
  } catch (error) {
    throw translateFailure(error, { host, doing, signal });
  } finally {
    // The engine may have refused, or been told to stop, before it read everything.
    context.destroy();
  }
}

async function startBuild(
  { docker }: DockerClient,
  context: Readable,
  options: BuildOptions,
): Promise<Readable> {
  options.signal?.throwIfAborted();
  const query: Docker.ImageBuildOptions = {
    // dockerode's type wants one tag, and passes an array on as several.
    t: [...options.tags] as unknown as string,
    labels: { ...options.labels },
    buildargs: { ...options.buildArgs },
    target: options.target ?? '',
    nocache: options.noCache ?? false,
    rm: true,
    forcerm: true,
    ...(options.signal && { abortSignal: options.signal }),
  };
  const output: unknown = await docker.buildImage(context, query);
  return output as Readable;
}

function finish(progress: BuildProgress, attempt: Attempt): string {
  progress.end();
  const { failure, imageId } = progress;
  // A step that fills the disk fails with nothing but its exit code; the reason is in what it printed.
  if (failure !== undefined && progress.diskFull !== undefined) {
    throw dockerError('no-space', progress.diskFull, attempt);
  }
  if (failure !== undefined) throw buildError(failure, progress.lastLines, attempt);
  if (imageId !== undefined) return imageId;
  throw new DockerError('api', `Could not ${attempt.doing}: the engine did not name the image`, {
    host: attempt.host,
  });
}

function buildError(failure: string, lines: readonly string[], attempt: Attempt): DockerError {
  const output = lines.length === 0 ? '' : `\n${lines.map((line) => `  ${line}`).join('\n')}`;
  return new DockerError('build', `Could not ${attempt.doing}: ${failure}${output}`, {
    host: attempt.host,
  });
}
