// Turns a byte stream into an authenticated SSH connection: key exchange, host key, login.
import type { Duplex } from 'node:stream';
import ssh2 from 'ssh2';
import type { Client } from 'ssh2';
import { ConnectError } from '../../errors.ts';
import type { Prompter } from '../../prompter.ts';
import type { KnownHostLine } from '../host-keys/known-hosts.ts';
import { knownKeyTypes } from '../host-keys/known-hosts.ts';
import { offeredAlgorithms } from './ssh-algorithms.ts';
import { allowedAlgorithms, forbiddenBy } from './ssh-allowed-algorithms.ts';
import { Login } from '../login/ssh-auth.ts';
import { PersonNeeded, type HandsOver } from '../login/ssh-hand-over.ts';
import type { SshConfig } from '../ssh-config/ssh-config.ts';
import type { ConnectDeadline } from './ssh-deadline.ts';
import { refuseEarlyMessages } from './ssh-early-messages.ts';
import { fingerprintOf } from '../host-keys/ssh-fingerprint.ts';
import { handshakeError, wentOnTooEarly } from './ssh-handshake-error.ts';
import { ServerHello } from './ssh-hello.ts';
import { HostKeyCheck } from '../host-keys/ssh-host-key.ts';
import { keyTypeOf } from '../host-keys/ssh-host-key-blob.ts';
import type { PinnedKey } from '../host-keys/ssh-pins.ts';
import { describePlace, sshTrial, type SshPlace } from './ssh-place.ts';
import { ProxyStream } from './ssh-proxy-command.ts';
import type { StageClock } from './ssh-stages.ts';

/** What a handshake needs. */
export interface HandshakeContext {
  readonly place: SshPlace;
  readonly config: SshConfig;
  readonly known: readonly KnownHostLine[];
  /** Accepted in place of known_hosts; undefined: known_hosts decides. */
  readonly pins?: readonly PinnedKey[] | undefined;
  readonly prompter: Prompter;
  readonly deadline: ConnectDeadline;
  /** Whether a password may be asked for. */
  readonly passwordLogin?: boolean | undefined;
  readonly stateDir: string;
  readonly stages: StageClock;
  /** Gets the login before it begins, and with it what it will tell. */
  readonly onLogin?: ((login: Login) => void) | undefined;
  /** Asked before a person is: whether the login is left to OpenSSH's own client, by a PersonNeeded. */
  readonly handsOver?: HandsOver | undefined;
}

/** Decides on host keys: {@link HostKeyCheck}, or what takes its place when a key is only looked at. */
export type KeyVerifier = Pick<HostKeyCheck, 'verify' | 'store' | 'failure' | 'algorithms'>;

/**
 * Shakes hands and logs in over an open stream, which is destroyed when that fails.
 * @throws ConnectError `handshake` (see HandshakeError), `auth`, `timeout`, `host-key-unknown`, `host-key-changed`,
 * `host-key-revoked`
 * @throws CancelledError
 */
export async function shakeHands(
  socket: Duplex,
  context: HandshakeContext,
  keys: KeyVerifier = new HostKeyCheck(context),
): Promise<Client> {
  const { place, deadline, stages } = context;
  const client = new ssh2.Client();
  const login = new Login(context);
  context.onLogin?.(login);
  let outcome: Promise<void> | undefined;
  try {
    const judgement = new Judgement(keys, context);
    const { verify } = judgement;
    client.connect({ ...clientConfig(socket, context, keys, login), hostVerifier: verify });
    const isAccepted = (): boolean => judgement.accepted;
    refuseEarlyMessages(client, isAccepted, () => wentOnTooEarly(place));
    login.attach(client);
    outcome = outcomeOf(client, socket, { context, keys, login });
    await deadline.race(outcome);
    stages.passed('login', place, describeLogin(login));
    await keys.store();
    client.setNoDelay(true);
    return client;
  } catch (error) {
    // The key exchange is through: what was accepted is known to ssh, which goes on.
    if (error instanceof PersonNeeded) await keys.store();
    outcome?.catch(() => undefined);
    client.on('error', () => undefined);
    client.destroy();
    socket.destroy();
    throw error;
  }
}

interface Attempt {
  readonly context: HandshakeContext;
  readonly keys: KeyVerifier;
  readonly login: Login;
}

/** Listens after connect(), which pauses the stream, and before it is read: nothing is missed. */
function outcomeOf(client: Client, socket: Duplex, attempt: Attempt): Promise<void> {
  const { context, keys, login } = attempt;
  const { place, stages } = context;
  return new Promise((resolve, reject) => {
    const greeted = (ident: string): void => stages.passed('banner', place, ident);
    const hello = new ServerHello(socket, greeted, () => fail(new Error('it says too much')));
    const fail = (error: Error): void =>
      reject(keys.failure ?? failureOf(socket) ?? handshakeError(error, { place, login, hello }));
    client.once('ready', () => resolve());
    client.once('close', () => fail(new Error('the server closed the connection')));
    client.on('error', fail);
  });
}

/** The same decision, which is remembered; the first key that is accepted is a stage. */
class Judgement {
  accepted = false;
  readonly #keys: KeyVerifier;
  readonly #context: HandshakeContext;

  constructor(keys: KeyVerifier, context: HandshakeContext) {
    this.#keys = keys;
    this.#context = context;
  }

  readonly verify: KeyVerifier['verify'] = (key, answer) =>
    this.#keys.verify(key, (accepted) => {
      const { place, stages } = this.#context;
      if (accepted && !this.accepted) {
        stages.passed('host-key', place, `${keyTypeOf(key)} ${fingerprintOf(key)}`);
      }
      this.accepted ||= accepted;
      answer(accepted);
    });
}

function describeLogin({ user, offered }: Login): string {
  const key = offered.at(-1);
  return key === undefined ? user : `${user} with ${key}`;
}

function failureOf(socket: Duplex): Error | undefined {
  return socket instanceof ProxyStream ? socket.failure : undefined;
}

function clientConfig(
  socket: Duplex,
  context: HandshakeContext,
  keys: KeyVerifier,
  login: Login,
): Parameters<Client['connect']>[0] {
  const { config, known } = context;
  const keyword = forbiddenBy(config);
  if (keyword !== undefined) throw nothingAllowed(keyword, context.place);
  const offered = offeredAlgorithms(
    keys.algorithms(config.hostKeyAlgorithms),
    knownKeyTypes(known, config.keyName),
  );
  const algorithms = { ...offered, ...allowedAlgorithms(config) };
  if (algorithms.serverHostKey.length === 0) throw noHostKeyAlgorithm(context.place);
  return {
    sock: socket,
    username: config.user,
    algorithms,
    authHandler: login.handler,
    // Our own deadline stands still while a person is asked; ssh2's would not.
    readyTimeout: 0,
    // Servers that are not OpenSSH may forward to Unix sockets as well.
    strictVendor: false,
  };
}

/** Met only where a key is looked at: a connection goes through OpenSSH then. */
function nothingAllowed(keyword: string, place: SshPlace): ConnectError {
  const message = `${keyword} of your SSH configuration allows nothing that occ’s own SSH has, for ${describePlace(place)}`;
  const hint = `Compare the key with ssh itself: ${sshTrial(place)}`;
  return new ConnectError('config', message, { host: place.host, hint });
}

function noHostKeyAlgorithm(place: SshPlace): ConnectError {
  const message = `HostKeyAlgorithms of your SSH configuration allows none that occ can verify for ${describePlace(place)}`;
  const hint = 'Allow ssh-ed25519, ecdsa-sha2-nistp256 or rsa-sha2-512 as well.';
  return new ConnectError('config', message, { host: place.host, hint });
}
