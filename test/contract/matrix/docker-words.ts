// Says in words how Docker is reached over a connection.
import { findEngine } from '../../../src/hosts/find-engine.ts';
import { DockerError } from '../../../src/errors.ts';
import type { Transport } from '../../../src/transport/transport.ts';

/** `Docker directly`, `Docker by socat as root`, or why not. */
export async function wayToDocker(transport: Transport): Promise<string> {
  try {
    const found = await findEngine(transport, { socket: undefined });
    const { engine, way, address } = found;
    await engine.version();
    found.close();
    const by = way.bridge === undefined ? 'directly' : `by ${way.bridge}`;
    const from = address.source === 'default' ? '' : ` (${address.source})`;
    const path = 'path' in address.endpoint ? address.endpoint.path : 'a port';
    return `Docker ${by}${way.asRoot ? ' as root' : ''} at \`${path}\`${from}`;
  } catch (error) {
    if (error instanceof DockerError) return `no Docker: ${error.reason}`;
    throw error;
  }
}
