// Why a file on a host could not be read or written.
import { OccError, type ErrorDetails } from '../errors.ts';

/** `missing`: no such file. `no-directory`: its directory is missing. `truncated`: less arrived than was sent. */
export type FileReason =
  | 'missing'
  | 'no-directory'
  | 'is-directory'
  | 'permission'
  | 'no-space'
  | 'truncated'
  | 'too-large'
  | 'failed';

/** A file on a host could not be read or written. Writing has then changed nothing. */
export class FileError extends OccError {
  readonly reason: FileReason;

  constructor(reason: FileReason, message: string, details?: ErrorDetails) {
    super(`file.${reason}`, message, details);
    this.reason = reason;
  }
}
