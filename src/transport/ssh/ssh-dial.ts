// Dials a socket on a host by a forwarded channel, and tells why the server refused.
import type { Duplex } from 'node:stream';
import { dialError, type DialError } from '../dial-error.ts';
import { ChannelSocket } from './ssh-channel-socket.ts';
import { isRefusal, type Carrier, type ChannelRefusal } from './ssh-connection.ts';
import type { DialOptions, Endpoint } from '../transport.ts';

const prohibited = 1;
const connectFailed = 2;

/**
 * Opens a channel to a Unix socket or a TCP port of the host. It is destroyed with ConnectError `lost` when the
 * connection ends.
 * @throws DialError `forbidden` also for a Unix socket that is missing or closed to the user: sshd does not say which
 * @throws ConnectError `lost`, CancelledError
 */
export async function dialChannel(
  connection: Carrier,
  endpoint: Endpoint,
  options: DialOptions = {},
): Promise<Duplex> {
  try {
    const channel =
      'path' in endpoint
        ? await connection.forwardUnix(endpoint.path, options)
        : await connection.forwardTcp(endpoint.address, endpoint.port, options);
    return untilEnded(new ChannelSocket(channel), connection);
  } catch (error) {
    throw isRefusal(error) ? refusal(connection.place.host, endpoint, error) : error;
  }
}

function untilEnded(socket: ChannelSocket, connection: Carrier): ChannelSocket {
  const { ended } = connection;
  // An orderly close is no failure: nobody need listen for an error then.
  const onEnded = (): void =>
    void socket.destroy(connection.isClosed ? undefined : (ended.reason as Error));
  ended.addEventListener('abort', onEnded);
  socket.once('close', () => ended.removeEventListener('abort', onEnded));
  if (ended.aborted) onEnded();
  return socket;
}

function refusal(host: string, endpoint: Endpoint, cause: ChannelRefusal): DialError {
  if ('path' in endpoint) {
    return dialError('forbidden', endpoint, {
      host,
      cause,
      hint: hintFor('AllowStreamLocalForwarding'),
      said: 'the SSH server does not forward to this Unix socket',
    });
  }
  if (cause.reason === prohibited) {
    const hint = hintFor('AllowTcpForwarding');
    return dialError('forbidden', endpoint, { host, cause, hint });
  }
  if (cause.reason === connectFailed && /refused/i.test(cause.message)) {
    return dialError('refused', endpoint, { host, cause });
  }
  return dialError('failed', endpoint, { host, cause, said: cause.message });
}

function hintFor(keyword: string): string {
  return `Set \`${keyword} yes\` (and no DisableForwarding or PermitOpen) in the host's sshd_config, then: sudo systemctl reload ssh`;
}
