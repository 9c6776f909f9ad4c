// Dials a socket of this machine.
import { connect, type Socket } from 'node:net';
import { CancelledError } from '../errors.ts';
import { dialError, type DialReason } from './dial-error.ts';
import type { DialOptions, Endpoint } from './transport.ts';

const reasons: Readonly<Record<string, DialReason>> = {
  ENOENT: 'missing',
  ENOTDIR: 'missing',
  ECONNREFUSED: 'refused',
  ENOTSOCK: 'refused',
  EACCES: 'permission',
  EPERM: 'permission',
};

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
