// Starts the user's own ssh as a master in the background: for what ssh2 cannot do, and for connections that stay.
import type { Prompter } from '../prompter.ts';
import type { SshConfig } from './ssh-config.ts';
import type { ConnectDeadline } from './ssh-deadline.ts';
import type { SshPlace } from './ssh-place.ts';
import type { SshTarget } from './ssh-target.ts';

/** What a master is started with. */
export interface MasterSpec {
  readonly target: SshTarget;
  /** The target's effective configuration; ssh reads the same files itself. */
  readonly config: SshConfig;
  readonly place: SshPlace;
  /** At most {@link longestMasterPath} bytes, in a directory that belongs to the user and is closed to all others. */
  readonly controlPath: string;
  /** Seconds after its last client that the master ends by itself. */
  readonly persistSeconds: number;
  /** False: it ends a few seconds after its last client, whatever `persistSeconds` says. */
  readonly detach: boolean;
  /** The jump host's master to go through; ProxyJump and ProxyCommand of the configuration do not count then. */
  readonly via?: { readonly controlPath: string; readonly jump: string } | undefined;
  /** Undefined: ssh asks nothing (BatchMode). */
  readonly prompter: Prompter | undefined;
  /** Told what the person has to do meanwhile, for example to touch a security key. */
  readonly notice?: ((text: string) => void) | undefined;
  readonly deadline: ConnectDeadline;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Holds occ's own known_hosts: keys that are accepted now are stored there. */
  readonly stateDir: string;
  /** Prefers curve25519 to post-quantum key exchange, where the configuration allows it: 18 ms instead of 98. */
  readonly fastKex: boolean;
  /** More options, each `Name=value`; they win over all others. */
  readonly extraOptions?: readonly string[] | undefined;
}

/** ssh binds a temporary name of 17 bytes more first (muxserver_listen), and the socket's path has 103. */
export const longestMasterPath = 103 - 17;
