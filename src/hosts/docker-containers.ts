// Containers of the engine: create, look, start, stop, remove. Docker Engine API v1.41 and later.
import type { Readable } from 'node:stream';
import type Docker from 'dockerode';
import { readContainerFile } from './docker-archive.ts';
import type { DockerClient } from './docker-client.ts';
import { statusOf } from './docker-errors.ts';
import { readContainer } from './docker-records.ts';
import type { ContainerInfo, ContainerSpec, Engine } from './engine.ts';

type ContainerMethods = Pick<
  Engine,
  | 'inspectContainer'
  | 'listContainers'
  | 'createContainer'
  | 'startContainer'
  | 'stopContainer'
  | 'removeContainer'
  | 'renameContainer'
  | 'putArchive'
  | 'readFile'
>;

const notFound = [404];

/** The engine says so when there is nothing to do. */
const notModified = [304];

/** The methods for containers. */
export function containerMethods(client: DockerClient): ContainerMethods {
  const { docker, attempt, attemptUnless } = client;
  return {
    inspectContainer: (name) => inspectContainer(client, name),
    listContainers: (label) => listContainers(client, label),
    createContainer: (name, spec) =>
      attempt(`create container ${name}`, async () => {
        const container = await docker.createContainer(createBody(name, spec));
        return container.id;
      }),
    async startContainer(name) {
      await attemptUnless(notModified, `start container ${name}`, () =>
        docker.getContainer(name).start(),
      );
    },
    async stopContainer(name, graceSeconds) {
      await attemptUnless(notModified, `stop container ${name}`, () =>
        docker.getContainer(name).stop({ t: graceSeconds }),
      );
    },
    removeContainer: (name) => removeContainer(client, name),
    async renameContainer(name, newName) {
      await attempt(`rename container ${name} to ${newName}`, () =>
        docker.getContainer(name).rename({ name: newName }),
      );
    },
    putArchive: (name, directory, tar) => putArchive(client, name, directory, tar),
    readFile: (name, path) => readContainerFile(client, name, path),
  };
}

async function inspectContainer(
  { docker, attemptUnless }: DockerClient,
  name: string,
): Promise<ContainerInfo | undefined> {
  const found = await attemptUnless(notFound, `inspect container ${name}`, () =>
    docker.getContainer(name).inspect(),
  );
  return found && readContainer(found);
}

async function listContainers(
  client: DockerClient,
  label: string | undefined,
): Promise<readonly ContainerInfo[]> {
  const filters = label === undefined ? {} : { label: [label] };
  const found = await client.attempt('list containers', () =>
    client.docker.listContainers({ all: true, filters }),
  );
  const containers = await Promise.all(found.map(({ Id }) => inspectContainer(client, Id)));
  // One that is removed between the two questions is not there any more.
  return containers.filter((container) => container !== undefined);
}

/** `POST /containers/create`. No capability, device or privilege is asked for beyond the engine's defaults. */
function createBody(name: string, spec: ContainerSpec): Docker.ContainerCreateOptions {
  const ports = spec.publish.map(({ containerPort }) => `${containerPort}/tcp`);
  return {
    name,
    Image: spec.image,
    Hostname: spec.hostname,
    Labels: { ...spec.labels },
    Env: Object.entries(spec.env).map(([key, value]) => `${key}=${value}`),
    ExposedPorts: Object.fromEntries(ports.map((port) => [port, {}])),
    StopTimeout: spec.stopGraceSeconds,
    HostConfig: {
      PortBindings: portBindings(spec),
      Mounts: spec.volumes.map(({ volume, target }) => ({
        Type: 'volume',
        Source: volume,
        Target: target,
      })),
      Tmpfs: { ...spec.tmpfs },
      RestartPolicy: { Name: spec.restartPolicy },
      CapDrop: ['ALL'],
      CapAdd: [...spec.capabilities],
      SecurityOpt: ['no-new-privileges'],
      // The image has a supervisor of its own that reaps processes.
      Init: false,
      LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '3' } },
    },
  };
}

function portBindings(spec: ContainerSpec): Record<string, { HostIp: string; HostPort: string }[]> {
  const bindings: Record<string, { HostIp: string; HostPort: string }[]> = {};
  for (const { hostAddress, hostPort, containerPort } of spec.publish) {
    const list = (bindings[`${containerPort}/tcp`] ??= []);
    list.push({ HostIp: hostAddress, HostPort: String(hostPort) });
  }
  return bindings;
}

async function removeContainer(
  { docker, attemptUnless }: DockerClient,
  name: string,
): Promise<void> {
  const container = docker.getContainer(name);
  await attemptUnless(notFound, `remove container ${name}`, async () => {
    try {
      await container.remove({ force: true, v: false });
    } catch (error) {
      // Somebody else's removal is under way: its end is what was asked for.
      if (!isBeingRemoved(error)) throw error;
      await container.wait({ condition: 'removed' });
    }
  });
}

function isBeingRemoved(error: unknown): boolean {
  return statusOf(error) === 409 && String(error).includes('already in progress');
}

async function putArchive(
  { docker, attempt }: DockerClient,
  name: string,
  directory: string,
  tar: Readable,
): Promise<void> {
  try {
    await attempt(`copy files into container ${name}`, () =>
      docker.getContainer(name).putArchive(tar, { path: directory }),
    );
  } finally {
    // The engine may refuse before it has read everything.
    tar.destroy();
  }
}
