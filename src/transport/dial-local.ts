// Dials a socket of this machine.
import { connect, type Socket } from 'node:net';
import { CancelledError } from '../errors.ts';
import { DialError, type DialReason } from './dial-error.ts';
import type { DialOptions, Endpoint } from './transport.ts';

const reasons: Readonly<Record<string, DialReason>> = {
  ENOENT: 'missing',
  ENOTDIR: 'missing',
  ECONNREFUSED: 'refused',
  ENOTSOCK: 'refused',
  EACCES: 'permission',
  EPERM: 'permission',
};

const explanations: Readonly<Record<DialReason, string>> = {
  missing: 'there is no such socket',
  refused: 'nobody listens there',
  permission: 'permission denied',
  forbidden: 'the SSH server does not forward connections',
  failed: 'the connection failed',
};

/** An endpoint in words: `/run/x.sock`, `127.0.0.1:80`, `[::1]:80`. */
export function describeEndpoint(endpoint: Endpoint): string {
  if ('path' in endpoint) return endpoint.path;
  const address = endpoint.address.includes(':') ? `[${endpoint.address}]` : endpoint.address;
  return `${address}:${endpoint.port}`;
}

/** A {@link DialError} with the usual words for its reason. */
export function dialError(
  reason: DialReason,
  endpoint: Endpoint,
  details: { host: string; hint?: string; cause?: unknown; said?: string },
): DialError {
  const { said, ...rest } = details;
  const message = `Could not connect to ${describeEndpoint(endpoint)}: ${said ?? explanations[reason]}`;
  return new DialError(reason, message, rest);
}

/**
 * Connects to a Unix socket or a TCP port of this machine.
 * @throws DialError, CancelledError
 */
export function dialLocal(
  host: string,
  endpoint: Endpoint,
  options: DialOptions = {},
): Promise<Socket> {
  const { signal } = options;
  if (signal?.aborted) return Promise.reject(new CancelledError('Cancelled', { host }));
  return new Promise((resolve, reject) => {
    const target =
      'path' in endpoint
        ? { path: endpoint.path }
        : { host: endpoint.address, port: endpoint.port, noDelay: true };
    // Half-open, as a forwarded channel is: a service that has sent everything may still be written to.
    const socket = connect({ ...target, allowHalfOpen: true });
    const cancel = () => socket.destroy(new CancelledError('Cancelled', { host }));
    const settle = () => {
      signal?.removeEventListener('abort', cancel);
      socket.off('error', fail);
    };
    const fail = (error: NodeJS.ErrnoException) => {
      settle();
      reject(translate(host, endpoint, error));
    };
    signal?.addEventListener('abort', cancel, { once: true });
    socket.once('error', fail);
    socket.once('connect', () => {
      settle();
      resolve(socket);
    });
  });
}

function translate(host: string, endpoint: Endpoint, error: NodeJS.ErrnoException): Error {
  if (error instanceof CancelledError) return error;
  const reason = reasons[error.code ?? ''] ?? 'failed';
  return dialError(reason, endpoint, {
    host,
    cause: error,
    ...(reason === 'failed' && { said: error.message }),
  });
}
