// The byte stream that an SSH connection runs over: TCP, or the standard streams of a ProxyCommand.
import type { Duplex } from 'node:stream';
import { runProxyCommand } from './ssh-proxy-command.ts';
import type { SocketContext } from './ssh-socket-context.ts';
import { connectTcp } from './ssh-tcp.ts';

/**
 * Opens the stream for a server that is reached without a jump host.
 * @throws ConnectError `dns`, `refused`, `timeout`, `unreachable`, or `config` for what the configuration cannot have
 */
export async function openSocket(context: SocketContext): Promise<Duplex> {
  return context.config.proxyCommand === undefined
    ? connectTcp(context)
    : runProxyCommand(context, context.config.proxyCommand);
}
