// What the byte stream of an SSH connection is opened with, whichever kind of stream it becomes.
import type { SshConfig } from '../ssh-config/ssh-config.ts';
import type { ConnectDeadline } from './ssh-deadline.ts';
import type { SshPlace } from './ssh-place.ts';
import type { StageClock } from './ssh-stages.ts';

/** What a stream is opened with. */
export interface SocketContext {
  readonly place: SshPlace;
  readonly config: Pick<
    SshConfig,
    | 'hostname'
    | 'port'
    | 'addressFamily'
    | 'bindAddress'
    | 'bindInterface'
    | 'proxyCommand'
    | 'proxyUseFdpass'
  >;
  readonly deadline: ConnectDeadline;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stages: StageClock;
}
