// The byte stream that an SSH connection runs over: TCP, or the standard streams of a ProxyCommand.
import { spawn } from 'node:child_process';
import { connect, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { ConnectError } from '../errors.ts';
import type { SshConfig } from './ssh-config.ts';
import type { ConnectDeadline } from './ssh-deadline.ts';
import { socketError } from './ssh-errors.ts';
import type { SshPlace } from './ssh-place.ts';

/** What a stream is opened with. */
export interface SocketContext {
  readonly place: SshPlace;
  readonly config: Pick<
    SshConfig,
    'hostname' | 'port' | 'addressFamily' | 'bindAddress' | 'proxyCommand' | 'proxyUseFdpass'
  >;
  readonly deadline: ConnectDeadline;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Opens the stream for a server that is reached without a jump host.
 * @throws ConnectError `dns`, `refused`, `timeout`, `unreachable`, or `config` for a ProxyCommand that cannot be used
 */
export async function openSocket(context: SocketContext): Promise<Duplex> {
  return context.config.proxyCommand === undefined
    ? connectTcp(context)
    : runProxyCommand(context, context.config.proxyCommand);
}

async function connectTcp({ place, config, deadline }: SocketContext): Promise<Socket> {
  const family = { any: 0, inet: 4, inet6: 6 }[config.addressFamily];
  const socket = connect({
    host: config.hostname,
    port: config.port,
    family,
    ...(config.bindAddress === undefined ? {} : { localAddress: config.bindAddress }),
  });
  const connected = new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', (error) => reject(socketError(error, place)));
  });
  try {
    await deadline.race(connected);
    return socket;
  } catch (error) {
    connected.catch(() => undefined);
    socket.on('error', () => undefined);
    socket.destroy();
    throw error;
  }
}

/** As OpenSSH does: the user's shell becomes the command (ssh_config(5), ProxyCommand). */
function runProxyCommand(context: SocketContext, command: string): Duplex {
  const { place, env, config } = context;
  if (config.proxyUseFdpass) {
    throw new ConnectError('config', 'occ does not support ProxyUseFdpass', {
      host: place.host,
      hint: 'Use a ProxyCommand that copies its standard input and output, or ProxyJump.',
    });
  }
  const child = spawn(env['SHELL'] ?? '/bin/sh', ['-c', `exec ${command}`], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env,
  });
  const stream = Duplex.from({ writable: child.stdin, readable: child.stdout });
  child.on('error', (error) => stream.destroy(error));
  stream.on('close', () => child.kill());
  return stream;
}
