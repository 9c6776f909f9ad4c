// What is known of a master that did not come about, besides what ssh said.
import type { Questions } from './openssh-questions.ts';
import type { PinnedKey } from '../host-keys/ssh-pins.ts';
import type { SshPlace } from '../ssh/ssh-place.ts';

/** What is known besides the words of ssh. */
export interface FailedMaster {
  readonly place: SshPlace;
  /** Login name on the server. */
  readonly user: string;
  /** known_hosts name. */
  readonly keyName: string;
  readonly pins: readonly PinnedKey[] | undefined;
  /** Files whose lines ssh may name. */
  readonly knownHostsFiles: readonly string[];
  /** occ's own known_hosts, one of them. */
  readonly ownKnownHosts: string;
  readonly gssapi: boolean;
  readonly questions: Questions | undefined;
  /** The exit code of ssh; undefined when a signal ended it. */
  readonly code: number | undefined;
  /** What the ssh said that went through the jump host's master. */
  readonly viaSaid: string;
}
