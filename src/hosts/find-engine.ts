// Opens the Docker Engine of a host: the one that is set, the one that is remembered, or the one that the host names.
import { DockerError } from '../errors.ts';
import { run } from '../transport/run.ts';
import type { Transport } from '../transport/transport.ts';
import { chooseEngine, lookForEngine } from './docker-look.ts';
import type { EngineAddress } from './docker-address.ts';
import { beginEngine, openEngine, type OpenEngine } from './docker-engine.ts';
import { readEarly, type EarlyEngine } from './engine-early.ts';
import type { EngineMemory } from './engine-memory.ts';

/** How the engine is found. */
export interface FindOptions {
  /** Setting `docker_socket`: no other is looked for. */
  readonly socket: string | undefined;
  /** Left out where the answer may change from one command to the next. */
  readonly memory?: EngineMemory | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Opens the engine that `ssh HOST docker ps` would use. What is remembered costs no round trip, is proved by its use,
 * and is forgotten when it fails.
 * @throws DockerError, UnsupportedError, ConnectError
 */
export async function findEngine(transport: Transport, options: FindOptions): Promise<OpenEngine> {
  return (await findEarly(transport, options)).proved;
}

/**
 * The same, for use at once where the engine is remembered and was reached directly: it proves itself while it is asked.
 * Through a program on the host each question would start another one, so the proof comes first there.
 * @throws DockerError, UnsupportedError, ConnectError, where it is not remembered
 */
export async function findEarly(transport: Transport, options: FindOptions): Promise<EarlyEngine> {
  const { memory } = options;
  const known = usable(await memory?.read(), options.socket);
  if (known === undefined) return readEarlyOf(await searchEngine(transport, options));
  const guess = await beginEngine(transport, known);
  const proved = guess.proved.catch(async (error: unknown) => {
    if (!(error instanceof DockerError)) throw error;
    await memory?.forget();
    return searchEngine(transport, options);
  });
  const isDirect = known.lastWay !== undefined && known.lastWay.bridge === undefined;
  return isDirect ? readEarly(guess, proved) : readEarlyOf(await proved);
}

/** What is remembered, unless it is not what is wanted now. */
function usable(
  known: EngineAddress | undefined,
  socket: string | undefined,
): EngineAddress | undefined {
  if (known === undefined || !('path' in known.endpoint)) return undefined;
  if (socket === undefined) return known.source === 'docker_socket' ? undefined : known;
  return known.endpoint.path === socket ? { ...known, source: 'docker_socket' } : undefined;
}

function readEarlyOf(opened: OpenEngine): EarlyEngine {
  return { ...opened, proved: Promise.resolve(opened) };
}

/** Opens the engine that is set, or the one that the host names, and remembers it. */
async function searchEngine(
  transport: Transport,
  { socket, memory, signal }: FindOptions,
): Promise<OpenEngine> {
  const address: EngineAddress =
    socket === undefined
      ? chooseEngine(await run(transport, lookForEngine(), { signal }), transport.host)
      : { endpoint: { path: socket }, source: 'docker_socket' };
  const opened = await openEngine(transport, address);
  await memory?.write({ ...address, lastWay: opened.way });
  return opened;
}
