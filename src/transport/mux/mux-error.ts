// Why an OpenSSH master cannot be used. Callers decide by the reason whether to connect another way.

/**
 * `absent`: there is no socket. `stale`: a socket that nobody listens on. `refused`: not ours, or the master says no.
 * `unsupported`: no proxy mode (OpenSSH before 7.4), or another protocol version. `protocol`: not the mux protocol.
 * `timeout`: no answer, as from a master that is stopped. `ended`: it hung up in place of an answer, as one that ends does.
 */
export type MuxReason =
  'absent' | 'stale' | 'refused' | 'unsupported' | 'protocol' | 'timeout' | 'ended';

/** A master that cannot be used. */
export class MuxError extends Error {
  readonly reason: MuxReason;

  constructor(reason: MuxReason, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'MuxError';
    this.reason = reason;
  }
}
