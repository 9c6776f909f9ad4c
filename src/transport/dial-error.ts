// Why a socket on a host could not be reached although the host was.
import { OccError, type ErrorDetails } from '../errors.ts';
import type { Endpoint } from './transport.ts';

/** `missing`: no such socket. `refused`: nobody listens. `permission`: not allowed. `forbidden`: sshd does not forward. */
export type DialReason = 'missing' | 'refused' | 'permission' | 'forbidden' | 'failed';

/** A socket on a host that was reached could not be dialled. */
export class DialError extends OccError {
  readonly reason: DialReason;

  constructor(reason: DialReason, message: string, details?: ErrorDetails) {
    super(`dial.${reason}`, message, details);
    this.reason = reason;
  }
}

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
