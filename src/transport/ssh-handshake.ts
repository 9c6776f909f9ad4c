// Turns a byte stream into an authenticated SSH connection: key exchange, host key, login.
import type { Duplex } from 'node:stream';
import ssh2 from 'ssh2';
import type { Client } from 'ssh2';
import { ConnectError } from '../errors.ts';
import type { Prompter } from '../prompter.ts';
import type { KnownHostLine } from './known-hosts.ts';
import { knownKeyTypes } from './known-hosts.ts';
import { offeredAlgorithms } from './ssh-algorithms.ts';
import { Login } from './ssh-auth.ts';
import type { SshConfig } from './ssh-config.ts';
import type { ConnectDeadline } from './ssh-deadline.ts';
import { handshakeError } from './ssh-errors.ts';
import { HostKeyCheck } from './ssh-host-key.ts';
import { algorithmsForPins, type PinnedKey } from './ssh-pins.ts';
import { describePlace, type SshPlace } from './ssh-place.ts';

/** Seconds between keepalives, and how many may go unanswered: a dead connection shows within a minute. */
const keepalive = { seconds: 15, count: 4 };

/** What a handshake needs. */
export interface HandshakeContext {
  readonly place: SshPlace;
  readonly config: SshConfig;
  readonly known: readonly KnownHostLine[];
  /** Accepted in place of known_hosts; undefined: known_hosts decides. */
  readonly pins?: readonly PinnedKey[] | undefined;
  readonly prompter: Prompter;
  readonly deadline: ConnectDeadline;
  readonly stateDir: string;
}

/** Decides on host keys: {@link HostKeyCheck}, or what takes its place when a key is only looked at. */
export type KeyVerifier = Pick<HostKeyCheck, 'verify' | 'store' | 'failure'>;

/**
 * Shakes hands and logs in over an open stream, which is destroyed when that fails.
 * @throws ConnectError `handshake`, `auth`, `timeout`, `host-key-unknown`, `host-key-changed`, `host-key-revoked`
 * @throws CancelledError
 */
export async function shakeHands(
  socket: Duplex,
  context: HandshakeContext,
  keys: KeyVerifier = new HostKeyCheck(context),
): Promise<Client> {
  const { place, deadline } = context;
  const client = new ssh2.Client();
  const login = new Login(context);
  const why = (error: Error): Error => keys.failure ?? handshakeError(error, place, login);
  const outcome = new Promise<void>((resolve, reject) => {
    client.once('ready', () => resolve());
    client.once('close', () => reject(why(new Error('the server closed the connection'))));
    client.on('error', (error) => {
      // A key that could not sign: the next one gets its turn.
      if ((error as { level?: string }).level !== 'agent') reject(why(error));
    });
  });
  try {
    client.connect(clientConfig(socket, context, keys, login));
    await deadline.race(outcome);
    await keys.store();
    client.setNoDelay(true);
    return client;
  } catch (error) {
    outcome.catch(() => undefined);
    client.on('error', () => undefined);
    client.destroy();
    socket.destroy();
    throw error;
  }
}

function clientConfig(
  socket: Duplex,
  context: HandshakeContext,
  keys: KeyVerifier,
  login: Login,
): Parameters<Client['connect']>[0] {
  const { config, known, pins } = context;
  const algorithms = offeredAlgorithms(
    algorithmsForPins(config.hostKeyAlgorithms, pins),
    knownKeyTypes(known, config.keyName),
  );
  if (algorithms.serverHostKey.length === 0) throw noHostKeyAlgorithm(context.place);
  const seconds = config.serverAliveInterval > 0 ? config.serverAliveInterval : keepalive.seconds;
  return {
    sock: socket,
    username: config.user,
    algorithms,
    hostVerifier: keys.verify,
    authHandler: login.handler,
    // Our own deadline stands still while a person is asked; ssh2's would not.
    readyTimeout: 0,
    keepaliveInterval: seconds * 1000,
    keepaliveCountMax: keepalive.count,
    // Servers that are not OpenSSH may forward to Unix sockets as well.
    strictVendor: false,
  };
}

function noHostKeyAlgorithm(place: SshPlace): ConnectError {
  const message = `HostKeyAlgorithms of your SSH configuration allows none that occ can verify for ${describePlace(place)}`;
  const hint = 'Allow ssh-ed25519, ecdsa-sha2-nistp256 or rsa-sha2-512 as well.';
  return new ConnectError('config', message, { host: place.host, hint });
}
