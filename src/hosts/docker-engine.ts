// The Docker Engine of a host, reached through its transport.
import { setTimeout as sleep } from 'node:timers/promises';
import type Docker from 'dockerode';
import { DockerError } from '../errors.ts';
import type { DialWay, Transport } from '../transport/transport.ts';
import { describeAddress, type EngineAddress } from './docker-address.ts';
import { createDockerAgent } from './docker-agent.ts';
import { createClient, type DockerClient } from './docker-client.ts';
import { containerMethods } from './docker-containers.ts';
import { imageMethods, volumeMethods } from './docker-images.ts';
import { readLogs } from './docker-logs.ts';
import { readInfo, readVersion, type InfoAnswer } from './docker-records.ts';
import type { Engine, EngineVersion } from './engine.ts';

/** An engine whose connections can be ended. */
export interface OpenEngine {
  readonly engine: Engine;
  /** The client under it, for `docker exec`. */
  readonly docker: Docker;
  /** Where it listens, and who says so. */
  readonly address: EngineAddress;
  /** How its socket is reached. */
  readonly way: DialWay;
  /** What it answered first. */
  readonly version: EngineVersion;
  close(): void;
}

/** Docker 20.10: the oldest that occ is tested with. */
const oldestApi = '1.41';

/** Milliseconds that the engine has for its first answer. */
const firstAnswerMs = 30_000;

/** An engine that has been asked who it is and has not answered yet. */
export interface BegunEngine extends Pick<OpenEngine, 'engine' | 'docker' | 'close'> {
  /** Itself, once it has answered and is new enough; rejects as {@link openEngine} does. */
  readonly proved: Promise<OpenEngine>;
}

/**
 * Opens the engine and makes sure that it answers and is new enough.
 * @param at - where it listens on the host; a text is the absolute path of its socket
 * @throws DockerError `absent`, `not-running`, `permission`, `unsupported`
 */
export async function openEngine(
  transport: Transport,
  at: string | EngineAddress,
): Promise<OpenEngine> {
  return (await beginEngine(transport, at)).proved;
}

/**
 * Asks the engine who it is and does not wait for the answer, so that other questions can go along with that one.
 * @param at - as for {@link openEngine}
 */
export async function beginEngine(
  transport: Transport,
  at: string | EngineAddress,
): Promise<BegunEngine> {
  const address: EngineAddress =
    typeof at === 'string' ? { endpoint: { path: at }, source: 'docker_socket' } : at;
  let way: DialWay = { bridge: undefined, asRoot: false };
  const told = (how: DialWay) => void (way = how);
  const dial = () => transport.dial(address.endpoint, { told, first: address.lastWay });
  const agent = createDockerAgent(dial, { maxSockets: 32, keepAlive: true });
  const client = await createClient({ transport, socket: describeAddress(address), agent });
  const close = () => agent.destroy();
  const part = { engine: toEngine(client), docker: client.docker, close };
  const prove = async (): Promise<OpenEngine> => {
    try {
      const version = await firstVersion(client);
      checkVersion(version, client.host);
      return { ...part, address, way, version };
    } catch (error) {
      close();
      throw error;
    }
  };
  const proved = prove();
  // Whoever waits for it hears of its failure; nobody need wait.
  proved.catch(() => undefined);
  return { ...part, proved };
}

function toEngine(client: DockerClient): Engine {
  const { docker, attempt } = client;
  return {
    version: () =>
      attempt('ask the engine for its version', async () => readVersion(await docker.version())),
    info: () =>
      attempt('ask the engine about itself', async () =>
        readInfo((await docker.info()) as InfoAnswer),
      ),
    logs: (name, options) => readLogs(client, name, options),
    ...containerMethods(client),
    ...imageMethods(client),
    ...volumeMethods(client),
  };
}

async function firstVersion({ docker, host, attempt }: DockerClient): Promise<EngineVersion> {
  const doing = 'ask the engine for its version';
  const given = new AbortController();
  const late = async (): Promise<never> => {
    await sleep(firstAnswerMs, undefined, { signal: given.signal });
    const message = `The Docker Engine did not answer within ${firstAnswerMs / 1000} s`;
    const hint = 'It may hang. Look on the host: sudo journalctl -u docker';
    throw new DockerError('not-running', message, { host, hint });
  };
  const answer = attempt(doing, async () => readVersion(await docker.version()));
  return Promise.race([answer, late()]).finally(() => given.abort());
}

function checkVersion({ version, apiVersion, os }: EngineVersion, host: string): void {
  if (os !== 'linux') {
    throw new DockerError('unsupported', `The Docker Engine runs ${os} containers`, {
      host,
      hint: 'Switch it to Linux containers',
    });
  }
  if (compareVersions(apiVersion, oldestApi) >= 0) return;
  throw new DockerError('unsupported', `Docker Engine ${version} (API ${apiVersion}) is too old`, {
    host,
    hint: `Install Docker Engine 20.10 (API ${oldestApi}) or newer`,
  });
}

/** Compares dotted numbers: negative when `a` is older. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => text.split('.').map(Number));
  for (let index = 0; index < 3; index++) {
    const difference = (left?.[index] ?? 0) - (right?.[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
