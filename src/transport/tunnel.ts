// A port of this machine's loopback address that leads to a socket on a host, through its transport.
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { finished, pipeline } from 'node:stream';
import { OccError } from '../errors.ts';
import { codeOf, messageOf } from '../thrown.ts';
import type { Endpoint, Transport } from './transport.ts';

/** Where a tunnel begins, and who hears of its failures. */
export interface TunnelOptions {
  /** Port to listen on at 127.0.0.1; 0 for any that is free. */
  readonly port: number;
  /** Closes the tunnel. */
  readonly signal?: AbortSignal | undefined;
  /** Told when a connection could not be carried to the host. The browser sees a reset connection. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** An open tunnel. */
export interface Tunnel {
  /** Port on 127.0.0.1. */
  readonly port: number;
  /** Resolves when it has been closed. */
  readonly closed: Promise<void>;
  /** Stops listening and ends every connection through it. Safe to call twice. */
  close(): Promise<void>;
}

/**
 * Listens on 127.0.0.1 only, so that nobody else on the network gets in.
 * @throws OccError `tunnel.port-taken` when another program has the port, `tunnel.failed` for other reasons
 */
export async function openTunnel(
  transport: Transport,
  endpoint: Endpoint,
  options: TunnelOptions,
): Promise<Tunnel> {
  const sockets = new Set<Socket>();
  // Half-open, so that a client that has sent everything still gets its answer.
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    sockets.add(socket);
    finished(socket, () => sockets.delete(socket));
    carry(transport, endpoint, socket).catch((error: unknown) => options.onError?.(error));
  });
  await listen(server, options.port);
  const closed = once(server, 'close').then(() => undefined);
  const close = async () => {
    if (server.listening) server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  const abort = () => void close();
  options.signal?.addEventListener('abort', abort, { once: true });
  void closed.then(() => options.signal?.removeEventListener('abort', abort));
  if (options.signal?.aborted) abort();
  return { port: (server.address() as AddressInfo).port, closed, close };
}

/** Carries one connection both ways; each direction ends by itself. */
async function carry(transport: Transport, endpoint: Endpoint, socket: Socket): Promise<void> {
  const gone = new AbortController();
  socket.once('close', () => gone.abort());
  // The listener that keeps an early reset from ending the process; pipeline adds its own later.
  socket.on('error', () => undefined);
  const remote = await transport.dial(endpoint, { signal: gone.signal }).catch((error: unknown) => {
    const wanted = !socket.destroyed;
    socket.resetAndDestroy();
    if (wanted) throw error;
  });
  if (!remote) return;
  if (socket.destroyed) {
    remote.destroy();
    return;
  }
  // How a browser's connection ends is its own business: a cancelled request is not an error of the tunnel.
  pipeline(socket, remote, () => undefined);
  pipeline(remote, socket, () => undefined);
}

async function listen(server: Server, port: number): Promise<void> {
  const ready = once(server, 'listening');
  server.listen(port, '127.0.0.1');
  try {
    await ready;
  } catch (error) {
    const taken = codeOf(error) === 'EADDRINUSE';
    const reason = taken ? 'another program has it' : messageOf(error);
    throw new OccError(
      taken ? 'tunnel.port-taken' : 'tunnel.failed',
      `Cannot listen on 127.0.0.1:${port}: ${reason}`,
      { cause: error, ...(taken && { hint: 'Choose another port with --port' }) },
    );
  }
}
