// Normalizes what the engine answers into occ's records. Pure.
import type Docker from 'dockerode';
import type {
  ContainerInfo,
  EngineInfo,
  EngineVersion,
  ImageInfo,
  PublishedPort,
} from './engine.ts';

type Labels = Readonly<Record<string, string>>;

/** What Docker writes for a time that never was. */
const never = '0001-01-01T00:00:00Z';

/** `GET /version`. */
export function readVersion(answer: Docker.DockerVersion): EngineVersion {
  const { Version, ApiVersion, Os, Arch } = answer;
  return { version: Version, apiVersion: ApiVersion, os: Os, arch: Arch };
}

/** The part of `GET /info` that is read. */
export interface InfoAnswer {
  readonly Driver: string;
  readonly DriverStatus?: readonly (readonly string[])[] | null;
  readonly CgroupVersion?: string;
  readonly DockerRootDir: string;
  readonly Name: string;
}

/** `GET /info`. */
export function readInfo(answer: InfoAnswer): EngineInfo {
  const status = answer.DriverStatus ?? [];
  return {
    storageDriver: answer.Driver,
    // The containerd image store presents its snapshotter as the driver's type.
    containerdStore: status.some(([, value]) => value?.startsWith('io.containerd.snapshotter')),
    cgroupVersion: answer.CgroupVersion === '2' ? '2' : '1',
    rootDir: answer.DockerRootDir,
    name: answer.Name,
  };
}

/** `GET /containers/{id}/json`. */
export function readContainer(answer: Docker.ContainerInspectInfo): ContainerInfo {
  const { State: state, Config: config } = answer;
  return {
    id: answer.Id,
    name: answer.Name.replace(/^\//, ''),
    imageId: answer.Image,
    imageRef: config.Image,
    state: state.Status as ContainerInfo['state'],
    health: healthOf(state.Health?.Status),
    startedAt: state.StartedAt === never || state.StartedAt === '' ? undefined : state.StartedAt,
    exitCode: state.ExitCode,
    restartCount: answer.RestartCount,
    labels: orEmpty(config.Labels),
    ports: portsOf(answer),
    mounts: mountsOf(answer),
  };
}

/** By target: the engine lists them in another order each time. */
function mountsOf({ Mounts }: Docker.ContainerInspectInfo): ContainerInfo['mounts'] {
  const mounts = Mounts.map((mount) => ({
    type: mount.Type,
    source: mount.Name ?? mount.Source,
    target: mount.Destination,
    readOnly: !mount.RW,
  }));
  return mounts.sort((a, b) => (a.target < b.target ? -1 : 1));
}

function healthOf(status: string | undefined): ContainerInfo['health'] {
  if (status === 'starting' || status === 'healthy' || status === 'unhealthy') return status;
  return 'none';
}

type Bindings = Record<string, { HostIp?: string; HostPort?: string }[] | null>;

/** What is published now; for a container that does not run, what would be. */
function portsOf(answer: Docker.ContainerInspectInfo): readonly PublishedPort[] {
  const now = published(answer.NetworkSettings.Ports);
  return now.length > 0 ? now : published(answer.HostConfig.PortBindings as Bindings | null);
}

function published(bindings: Bindings | null): readonly PublishedPort[] {
  return Object.entries(bindings ?? {}).flatMap(([port, places]) =>
    (places ?? []).map(({ HostIp, HostPort }) => ({
      hostAddress: HostIp === undefined || HostIp === '' ? '0.0.0.0' : HostIp,
      hostPort: Number(HostPort),
      containerPort: Number.parseInt(port, 10),
    })),
  );
}

/** `GET /images/{name}/json`. */
export function readImage(answer: Docker.ImageInspectInfo): ImageInfo {
  return {
    id: answer.Id,
    tags: realTags(answer.RepoTags),
    labels: orEmpty(answer.Config.Labels),
    size: answer.Size,
    createdAt: answer.Created,
  };
}

/** An entry of `GET /images/json`. */
export function readImageEntry(answer: Docker.ImageInfo): ImageInfo {
  return {
    id: answer.Id,
    tags: realTags(answer.RepoTags),
    labels: orEmpty(answer.Labels),
    size: answer.Size,
    createdAt: new Date(answer.Created * 1000).toISOString(),
  };
}

/** The engine says null for none, whatever its documentation says. */
function orEmpty(labels: Labels | null | undefined): Labels {
  return labels ?? {};
}

function realTags(tags: readonly string[] | null | undefined): readonly string[] {
  return (tags ?? []).filter((tag) => tag !== '<none>:<none>');
}
