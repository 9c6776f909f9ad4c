// Opens the Docker Engine of a host: the one that is set, the one that is remembered, or the one that the host names.
import { DockerError } from '../errors.ts';
import { run } from '../transport/run.ts';
import type { Transport } from '../transport/transport.ts';
import { chooseEngine, lookForEngine } from './docker-look.ts';
import { openEngine, type OpenEngine } from './docker-engine.ts';
import type { EngineMemory } from './engine-memory.ts';

/** How the engine is found. */
export interface FindOptions {
  /** Setting `docker_socket`: nothing else is looked at. */
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
  const { socket, memory, signal } = options;
  if (socket !== undefined) {
    return openEngine(transport, { endpoint: { path: socket }, source: 'docker_socket' });
  }
  const known = await memory?.read();
  if (known) {
    try {
      return await openEngine(transport, known);
    } catch (error) {
      if (!(error instanceof DockerError)) throw error;
      await memory?.forget();
    }
  }
  const look = await run(transport, lookForEngine(), { signal });
  const address = chooseEngine(look, transport.host);
  const opened = await openEngine(transport, address);
  await memory?.write({ ...address, lastWay: opened.way });
  return opened;
}
