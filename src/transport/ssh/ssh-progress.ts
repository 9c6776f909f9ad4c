// The stages of an SSH connection, in order, for whoever wants to know how far an attempt came.
import type { SshPlace } from './ssh-place.ts';

/**
 * `config`: the configuration is known. `resolve`: the name has an address. `tcp`: the stream is open. `banner`: an SSH server
 * answers. `host-key`: its key is accepted. `login`: it let us in. `warm`: a connection that was open already is used,
 * which takes the place of all but `config`.
 */
export type ConnectStage = 'config' | 'resolve' | 'tcp' | 'banner' | 'host-key' | 'login' | 'warm';

/** A stage that was passed. */
export interface ConnectProgress {
  /** The server: the target, or a jump host on the way. */
  readonly place: SshPlace;
  readonly stage: ConnectStage;
  /** What was found: an address, a version, a fingerprint, a key. For people; not yet made safe for a terminal. */
  readonly detail: string;
  /** Milliseconds since the stage before it. */
  readonly ms: number;
}
