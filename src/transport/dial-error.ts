// Why a socket on a host could not be reached although the host was.
import { OccError, type ErrorDetails } from '../errors.ts';

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
