// Where a Docker Engine listens, as DOCKER_HOST and docker contexts write it. Pure.
import { UnsupportedError } from '../errors.ts';
import { describeEndpoint } from '../transport/dial-error.ts';
import type { DialWay, Endpoint } from '../transport/transport.ts';

/** The engine that occ uses on a host, and who says so. */
export interface EngineAddress {
  readonly endpoint: Endpoint;
  /** `docker_socket`, `DOCKER_HOST`, `docker context NAME`, or `default` for one that was found. */
  readonly source: string;
  /** How it was reached lately. */
  readonly lastWay?: DialWay | undefined;
}

/** Docker's port for connections without TLS. */
const plainPort = 2375;

/** An address with its source, for people: `/run/x.sock (DOCKER_HOST)`. */
export function describeAddress({ endpoint, source }: EngineAddress): string {
  const place = describeEndpoint(endpoint);
  return source === 'default' || source === 'docker_socket' ? place : `${place} (${source})`;
}

/** A value of DOCKER_HOST, or the same in a docker context. */
export interface DockerHostValue {
  readonly value: string;
  /** `DOCKER_HOST`, `docker context NAME`. */
  readonly source: string;
  /** Whether TLS is asked for beside it: DOCKER_TLS_VERIFY, or key material of the context. */
  readonly tls: boolean;
}

/**
 * Reads `unix://PATH` and `tcp://ADDRESS[:PORT]` as the docker command does.
 * @throws UnsupportedError for what occ does not speak: TLS, another ssh, Windows pipes
 */
export function parseDockerHost(given: DockerHostValue, host: string): Endpoint {
  const [, scheme = 'tcp', rest = ''] = /^(?:([a-z]+):\/\/)?(.*)$/is.exec(given.value) ?? [];
  if (scheme === 'unix') return { path: unixPath(rest, given, host) };
  if ((scheme === 'tcp' || scheme === 'http') && !given.tls) return tcpEndpoint(rest, given, host);
  const why =
    scheme === 'tcp' || scheme === 'https' || scheme === 'http'
      ? 'wants TLS, which occ does not speak to an engine: it comes by ssh'
      : `is ${given.value}, which occ cannot use from there`;
  throw unsupported(given, host, why);
}

function unixPath(rest: string, given: DockerHostValue, host: string): string {
  const path = rest === '' ? '/var/run/docker.sock' : rest;
  if (path.startsWith('/') && Buffer.byteLength(path) <= 103 && !/\p{Cc}/u.test(path)) return path;
  throw unsupported(given, host, 'is no absolute path of at most 103 bytes');
}

function tcpEndpoint(rest: string, given: DockerHostValue, host: string): Endpoint {
  const place = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::(\d{1,5}))?\/?$/i.exec(rest);
  const address = place?.[1] ?? place?.[2];
  const port = place?.[3] === undefined ? plainPort : Number(place[3]);
  if (address !== undefined && port >= 1 && port <= 65_535) return { address, port };
  throw unsupported(given, host, `is no address: ${given.value}`);
}

function unsupported({ source }: DockerHostValue, host: string, why: string): UnsupportedError {
  return new UnsupportedError(`${source} of the user there ${why}`, {
    host,
    hint: `Say where the engine of that machine itself listens: occ --host ${host} config set docker_socket /var/run/docker.sock`,
  });
}
