// Docker's client library on an agent of ours, and the one place where its failures are translated.
import type { Agent } from 'node:http';
import type { Readable } from 'node:stream';
import type Docker from 'dockerode';
import type DockerModem from 'docker-modem';
import { DialError } from '../transport/dial-error.ts';
import type { Transport } from '../transport/transport.ts';
import { collected } from './docker-agent.ts';
import { explainDialFailure } from './docker-absence.ts';
import { statusOf, translateFailure } from './docker-errors.ts';

/** A client of one host's engine. */
export interface DockerClient {
  readonly host: string;
  readonly docker: Docker;
  /** Does something with the client. `doing` is for the error's message: `stop container x`. */
  readonly attempt: <T>(doing: string, work: () => Promise<T>, signal?: AbortSignal) => Promise<T>;
  /** The same, and answers undefined when the engine answers with one of the statuses. */
  readonly attemptUnless: <T>(
    statuses: readonly number[],
    doing: string,
    work: () => Promise<T>,
  ) => Promise<T | undefined>;
}

/** Which engine, and the way to it. */
export interface ClientOptions {
  readonly transport: Transport;
  /** The engine's socket on the host, in words. */
  readonly socket: string;
  readonly agent: Agent;
}

/** Loads the library, which is large, and makes a client. Connects to nothing yet. */
export async function createClient({
  transport,
  socket,
  agent,
}: ClientOptions): Promise<DockerClient> {
  const [{ default: Dockerode }, { default: Modem }] = await Promise.all([
    import('dockerode'),
    import('docker-modem'),
  ]);
  const { host } = transport;
  const attempt = async <T>(doing: string, work: () => Promise<T>, signal?: AbortSignal) => {
    try {
      return await work();
    } catch (error) {
      if (error instanceof DialError) throw await explainDialFailure(transport, socket, error);
      throw translateFailure(error, { host, doing, signal });
    }
  };
  return {
    host,
    docker: new Dockerode({ modem: modemOn(Modem, agent) } as Docker.DockerOptions),
    attempt,
    attemptUnless: (statuses, doing, work) =>
      attempt(doing, () => work().catch((error: unknown) => unlessStatus(error, statuses))),
  };
}

function unlessStatus(error: unknown, statuses: readonly number[]): undefined {
  if (statuses.includes(statusOf(error) ?? 0)) return undefined;
  throw error;
}

/**
 * A modem that only knows the agent. Its constructor is passed by: that reads DOCKER_HOST and its relatives, which mean
 * another engine, and fails when they are wrong.
 */
function modemOn(Modem: typeof DockerModem, agent: Agent): DockerModem {
  const library = Modem.prototype as unknown as WithBuildRequest;
  const fields: WithBuildRequest & Record<string, unknown> = {
    protocol: 'http',
    host: 'docker',
    headers: {},
    agent,
    // Only here is it known which answers the library collects; the agent watches how much that is.
    buildRequest(options, context, ...rest) {
      const marked = { ...options, [collected]: context.isStream !== true };
      library.buildRequest.call(this, marked, context, ...rest);
    },
  };
  return Object.assign(Object.create(Modem.prototype) as DockerModem, fields);
}

/** The step of docker-modem between describing a request and sending it; its types call it private. */
interface WithBuildRequest {
  buildRequest(options: object, context: { isStream?: boolean }, ...rest: unknown[]): void;
}

/** A request whose answer is read as a stream, for what dockerode would collect in memory. */
export function openStream(
  docker: Docker,
  path: string,
  query: Record<string, unknown>,
  signal: AbortSignal | undefined,
): Promise<Readable> {
  const modem: DockerModem = docker.modem;
  return new Promise((resolve, reject) => {
    const options: DockerModem.DialOptions = {
      path: `${path}?`,
      method: 'GET',
      options: query,
      isStream: true,
      statusCodes: { 200: true },
      ...(signal && { abortSignal: signal }),
    };
    modem.dial(options, (error, stream) => {
      if (error) reject(error);
      else resolve(stream as Readable);
    });
  });
}
