// Looks at a host's keys without logging in, so that a person can compare and trust them.
import type { Duplex } from 'node:stream';
import { CancelledError, ConnectError } from '../../errors.ts';
import { isSince, opensshVersion } from '../openssh/openssh-version.ts';
import { connectTarget } from '../ssh/ssh-connect.ts';
import { HandshakeError } from '../ssh/ssh-handshake-error.ts';
import {
  judgeHostKey,
  knownKeyTypes,
  type HostKeyName,
  type HostKeyVerdict,
} from './known-hosts.ts';
import { revokedAt } from './revoked-host-keys.ts';
import { fingerprintOf } from './ssh-fingerprint.ts';
import type { HandshakeContext, KeyVerifier } from '../ssh/ssh-handshake.ts';
import { keyTypeOf, keyTypeOfLabel } from './ssh-host-key-blob.ts';
import type { PinnedKey } from './ssh-pins.ts';
import type { SshPlace } from '../ssh/ssh-place.ts';
import type { SshOptions, SshTarget } from '../ssh/ssh-target.ts';

/** A host key as a server showed it. */
export interface ScannedKey {
  /** For example `ssh-ed25519`. */
  readonly keyType: string;
  /** `SHA256:…` as `ssh-keygen -l` prints it. */
  readonly fingerprint: string;
  /** In SSH wire format (RFC 4253, 6.6). */
  readonly key: Buffer;
  /** What known_hosts, the user's, the system's and occ's own, says of it, and RevokedHostKeys. */
  readonly verdict: HostKeyVerdict;
}

/** What a look at a host's keys found. */
export interface HostKeyScan {
  readonly place: SshPlace;
  readonly keyName: HostKeyName;
  /** One for each kind of key that the server has; first the one that a connection would get to see. */
  readonly keys: readonly ScannedKey[];
  /** Keys that the inventory pins. */
  readonly pins: readonly PinnedKey[];
}

/** Host key algorithms to ask for; undefined: all that the configuration allows. */
type Family = readonly string[] | undefined;

/** A server shows one key a handshake, of the kind that it is asked for. */
const keyFamilies: readonly (readonly string[])[] = [
  ['ssh-ed25519'],
  ['ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521'],
  ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'],
];

/** Ends the handshake as soon as the key is there; nothing is accepted, so no login begins. */
class KeyLook implements KeyVerifier {
  failure: Error | undefined;
  key: Buffer | undefined;
  context: HandshakeContext | undefined;
  readonly #family: Family;

  constructor(family: Family) {
    this.#family = family;
  }

  readonly verify = (key: Buffer, answer: (accepted: boolean) => void): void => {
    this.key = Buffer.from(key);
    answer(false);
  };

  algorithms(configured: readonly string[]): readonly string[] {
    const family = this.#family;
    return family === undefined ? configured : configured.filter((name) => family.includes(name));
  }

  store(): Promise<void> {
    return Promise.resolve();
  }
}

/** Looks once. */
type Look = (target: SshTarget, options: SshOptions, family: Family) => Promise<KeyLook>;

/**
 * Asks a host for its keys, one short handshake for each kind, and hangs up. Jump hosts on the way are logged in to, and
 * their keys are verified as always. The server has not proved that it owns the keys, and somebody in between may mix
 * true ones with his own: only a comparison makes each of them trustworthy.
 * @throws ConnectError, CancelledError
 */
export async function scanHostKeys(target: SshTarget, options: SshOptions): Promise<HostKeyScan> {
  const { first, look } = await firstLook(target, options);
  const { key, context } = first;
  if (key === undefined || context === undefined) {
    throw new ConnectError('handshake', 'The server showed no host key', { host: target.host });
  }
  // After the first, so that questions about jump hosts come once.
  const others = keyFamilies.filter((family) => !family.includes(keyTypeOf(key)));
  const found = await Promise.all(others.map((each) => lookForOther(look, target, options, each)));
  const keys = [key, ...found.flatMap((each) => each ?? [])];
  const { place, pins = [], config } = context;
  const scan = keys.map((each) => scanned(each, context, options.env));
  return { place, keyName: config.keyName, keys: await Promise.all(scan), pins };
}

/** Where occ's own SSH and the server have no algorithm in common, ssh looks: it is what connects there, too. */
async function firstLook(
  target: SshTarget,
  options: SshOptions,
): Promise<{ first: KeyLook; look: Look }> {
  const failed: { context?: HandshakeContext | undefined } = {};
  try {
    return { first: await lookAt(target, options, undefined, failed), look: lookAt };
  } catch (error) {
    // What the configuration forbids shows when the server is reached.
    const isForbidden =
      failed.context !== undefined && error instanceof ConnectError && error.reason === 'config';
    const lacksAlgorithm = error instanceof HandshakeError && error.problem === 'kex';
    if (!isForbidden && !lacksAlgorithm) throw error;
    if (!isSince(await opensshVersion(options.env), 8, 5)) throw error;
    return { first: await lookBySsh(target, options, undefined), look: lookBySsh };
  }
}

async function lookAt(
  target: SshTarget,
  options: SshOptions,
  family: Family,
  failed?: { context?: HandshakeContext | undefined },
): Promise<KeyLook> {
  const look = new KeyLook(family);
  const makeVerifier = (context: HandshakeContext): KeyVerifier => {
    look.context = context;
    if (failed !== undefined) failed.context = context;
    return look;
  };
  try {
    await (await connectTarget(target, options, makeVerifier)).close();
  } catch (error) {
    if (look.key === undefined) throw error;
  }
  return look;
}

/** The way is occ's, the handshake is ssh's. */
async function lookBySsh(target: SshTarget, options: SshOptions, family: Family): Promise<KeyLook> {
  const { keyBySsh } = await import('../openssh/openssh-key-look.ts');
  const look = new KeyLook(family);
  const makeVerifier = async (context: HandshakeContext, socket: Duplex): Promise<KeyVerifier> => {
    look.context = context;
    const { place, config, deadline } = context;
    const algorithms = algorithmsFor(look, context);
    const { env } = options;
    look.key = await keyBySsh({ socket, target, config, place, algorithms, deadline, env });
    throw new Error('the key was seen');
  };
  try {
    await connectTarget(target, options, makeVerifier);
  } catch (error) {
    if (look.key === undefined) throw error;
  }
  return look;
}

/** Plain keys only, which alone can be pinned; those of types that are known first. */
function algorithmsFor(look: KeyLook, { config, known, place }: HandshakeContext): string[] {
  const plain = config.hostKeyAlgorithms.filter((name) => !/-cert-v\d\d@/.test(name));
  const asked = look.algorithms(plain);
  const types = new Set(knownKeyTypes(known, config.keyName));
  const isKnown = (name: string): boolean => types.has(keyTypeOfLabel(name));
  const ordered = [...asked.filter(isKnown), ...asked.filter((name) => !isKnown(name))];
  if (ordered.length > 0) return ordered;
  throw new ConnectError('config', 'HostKeyAlgorithms of your SSH configuration allows none', {
    host: place.host,
  });
}

/** A server that has no key of a kind fails the handshake, which is no failure of the look. */
async function lookForOther(
  look: Look,
  target: SshTarget,
  options: SshOptions,
  family: Family,
): Promise<Buffer | undefined> {
  try {
    return (await look(target, options, family)).key;
  } catch (error) {
    if (error instanceof CancelledError) throw error;
    return undefined;
  }
}

async function scanned(
  key: Buffer,
  { known, config, place }: HandshakeContext,
  env: SshOptions['env'],
): Promise<ScannedKey> {
  const { revokedHostKeys: file, keyName } = config;
  const { host } = place;
  const revoked = file === undefined ? undefined : await revokedAt(key, { file, host, env });
  const verdict: HostKeyVerdict =
    revoked === undefined
      ? judgeHostKey(known, keyName, { key })
      : { kind: 'revoked', line: revoked };
  return { keyType: keyTypeOf(key), fingerprint: fingerprintOf(key), key, verdict };
}
