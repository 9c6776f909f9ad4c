// The byte stream that an SSH connection runs over: TCP, or the standard streams of a ProxyCommand.
import type { Duplex } from 'node:stream';
import type { SshConfig } from './ssh-config.ts';
import type { ConnectDeadline } from './ssh-deadline.ts';
import type { SshPlace } from './ssh-place.ts';
import { runProxyCommand } from './ssh-proxy-command.ts';
import type { StageClock } from './ssh-stages.ts';
import { connectTcp } from './ssh-tcp.ts';

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

/**
 * Opens the stream for a server that is reached without a jump host.
 * @throws ConnectError `dns`, `refused`, `timeout`, `unreachable`, or `config` for what the configuration cannot have
 */
export async function openSocket(context: SocketContext): Promise<Duplex> {
  return context.config.proxyCommand === undefined
    ? connectTcp(context)
    : runProxyCommand(context, context.config.proxyCommand);
}
