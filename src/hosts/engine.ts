// The Docker Engine of a host as operations need it. Failures are DockerErrors; plain records, no client objects.
import type { Readable } from 'node:stream';

/** `GET /version` (Docker Engine API v1.41), the part occ uses. */
export interface EngineVersion {
  /** For example `20.10.24`. */
  readonly version: string;
  readonly apiVersion: string;
  /** `linux`. */
  readonly os: string;
  /** Go's name: `amd64`, `arm64`. */
  readonly arch: string;
}

/** `GET /info`, the part occ uses. */
export interface EngineInfo {
  /** `overlay2`, or `overlayfs` with the containerd image store. */
  readonly storageDriver: string;
  /** True when images live in containerd's store. */
  readonly containerdStore: boolean;
  readonly cgroupVersion: '1' | '2';
  readonly rootDir: string;
  readonly name: string;
}

/** A published port: host side ← container side. */
export interface PublishedPort {
  readonly hostAddress: string;
  readonly hostPort: number;
  readonly containerPort: number;
}

/** A container as the engine reports it. */
export interface ContainerInfo {
  readonly id: string;
  readonly name: string;
  /** Image id: `sha256:…`. */
  readonly imageId: string;
  readonly imageRef: string;
  readonly state: 'created' | 'running' | 'paused' | 'restarting' | 'removing' | 'exited' | 'dead';
  /** Docker HEALTHCHECK; `none` when the image has none. */
  readonly health: 'starting' | 'healthy' | 'unhealthy' | 'none';
  /** RFC 3339. Undefined when it never ran. */
  readonly startedAt: string | undefined;
  readonly exitCode: number;
  readonly restartCount: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly ports: readonly PublishedPort[];
  readonly mounts: readonly { type: string; source: string; target: string; readOnly: boolean }[];
}

/** What to create. Everything that a change of settings must re-create is in here, so its hash is the spec hash. */
export interface ContainerSpec {
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
  readonly publish: readonly PublishedPort[];
  readonly volumes: readonly { volume: string; target: string }[];
  /** Path in the container → options, for example `size=16m,mode=0755`. */
  readonly tmpfs: Readonly<Record<string, string>>;
  readonly restartPolicy: 'no' | 'unless-stopped';
  /** All that it keeps of Docker's default capabilities(7), without `CAP_`; it can gain none by setuid programs. */
  readonly capabilities: readonly string[];
  /** Seconds between SIGTERM and SIGKILL. */
  readonly stopGraceSeconds: number;
  readonly hostname: string;
}

/** An image as the engine reports it. */
export interface ImageInfo {
  readonly id: string;
  readonly tags: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** Bytes. */
  readonly size: number;
  /** RFC 3339. */
  readonly createdAt: string;
}

/** What is built, and what it is called: `POST /build` (Docker Engine API v1.41). */
export interface BuildOptions {
  readonly tags: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly buildArgs: Readonly<Record<string, string>>;
  /** Dockerfile stage. */
  readonly target?: string;
  readonly noCache?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** One message of a build: text output, or a layer's progress while the base image is pulled (bytes). */
export type BuildEvent =
  | { readonly kind: 'output'; readonly text: string }
  | {
      readonly kind: 'step';
      readonly current: number;
      readonly total: number;
      readonly text: string;
    }
  | {
      readonly kind: 'pull';
      readonly layer: string;
      readonly status: string;
      readonly current?: number;
      readonly total?: number;
    };

/** Which part of a log. */
export interface LogOptions {
  readonly follow?: boolean;
  /** Number of lines from the end; all when left out. */
  readonly tail?: number | undefined;
  readonly timestamps?: boolean;
  /** Seconds since the epoch. */
  readonly since?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** One line of a container's log. */
export interface LogLine {
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
  /** RFC 3339 with nanoseconds, when timestamps were asked for. */
  readonly time?: string;
}

/** Every method throws DockerError, or ConnectError when the host is lost. */
export interface Engine {
  version(): Promise<EngineVersion>;
  info(): Promise<EngineInfo>;

  /** Undefined when there is no such container. */
  inspectContainer(name: string): Promise<ContainerInfo | undefined>;
  /** Running and stopped ones that carry the label (`key` or `key=value`); all without one. */
  listContainers(label?: string): Promise<readonly ContainerInfo[]>;
  createContainer(name: string, spec: ContainerSpec): Promise<string>;
  startContainer(name: string): Promise<void>;
  /** Does nothing when it is stopped already. */
  stopContainer(name: string, graceSeconds: number): Promise<void>;
  /** Does nothing when it is gone already. Volumes stay. */
  removeContainer(name: string): Promise<void>;
  renameContainer(name: string, newName: string): Promise<void>;
  /** Unpacks a tar stream into a directory of the container, running or not. */
  putArchive(name: string, directory: string, tar: Readable): Promise<void>;
  /** The text of a file of a container, running or not, in a volume or not. Undefined when there is none. At most 1 MiB. */
  readFile(name: string, path: string): Promise<string | undefined>;
  /** The log, line by line; ends when the container does, or with the signal when following. */
  logs(name: string, options: LogOptions): AsyncIterable<LogLine>;

  /** Undefined when there is no such image. */
  inspectImage(ref: string): Promise<ImageInfo | undefined>;
  listImages(label: string): Promise<readonly ImageInfo[]>;
  tagImage(ref: string, newRef: string): Promise<void>;
  removeImage(ref: string): Promise<void>;
  /** Builds from a tar stream; answers the image id. The error holds the last lines of the failed step. */
  buildImage(
    context: Readable,
    options: BuildOptions,
    onEvent: (event: BuildEvent) => void,
  ): Promise<string>;

  /** Creates the volume unless it exists. Answers whether it was created. */
  ensureVolume(name: string, labels: Readonly<Record<string, string>>): Promise<boolean>;
  removeVolume(name: string): Promise<void>;
}
