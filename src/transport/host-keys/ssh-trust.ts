// Looks at a host's keys without logging in, so that a person can compare and trust them.
import { CancelledError, ConnectError } from '../../errors.ts';
import { judgeHostKey, type HostKeyName, type HostKeyVerdict } from './known-hosts.ts';
import { connectTarget } from '../ssh/ssh-connect.ts';
import { fingerprintOf } from './ssh-fingerprint.ts';
import type { HandshakeContext, KeyVerifier } from '../ssh/ssh-handshake.ts';
import { keyTypeOf } from './ssh-host-key-blob.ts';
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
  /** What known_hosts, the user's, the system's and occ's own, says of it. */
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
  readonly #family: readonly string[] | undefined;

  /** @param family - algorithms to ask for; default: all */
  constructor(family?: readonly string[]) {
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

/**
 * Asks a host for its keys, one short handshake for each kind, and hangs up. Jump hosts on the way are logged in to, and
 * their keys are verified as always. The server has not proved that it owns the keys, and somebody in between may mix
 * true ones with his own: only a comparison makes each of them trustworthy.
 * @throws ConnectError, CancelledError
 */
export async function scanHostKeys(target: SshTarget, options: SshOptions): Promise<HostKeyScan> {
  const first = await lookAt(target, options);
  const { key, context } = first;
  if (key === undefined || context === undefined) {
    throw new ConnectError('handshake', 'The server showed no host key', { host: target.host });
  }
  // After the first, so that questions about jump hosts come once.
  const others = keyFamilies.filter((family) => !family.includes(keyTypeOf(key)));
  const keys = [
    key,
    ...(await Promise.all(others.map((each) => lookForOther(target, options, each)))),
  ];
  const { place, pins = [], config } = context;
  return {
    place,
    keyName: config.keyName,
    keys: keys.flatMap((each) => (each === undefined ? [] : [scanned(each, context)])),
    pins,
  };
}

async function lookAt(
  target: SshTarget,
  options: SshOptions,
  family?: readonly string[],
): Promise<KeyLook> {
  const look = new KeyLook(family);
  const makeVerifier = (context: HandshakeContext): KeyVerifier => {
    look.context = context;
    return look;
  };
  try {
    await (await connectTarget(target, options, makeVerifier)).close();
  } catch (error) {
    if (look.key === undefined) throw error;
  }
  return look;
}

/** A server that has no key of a kind fails the handshake, which is no failure of the look. */
async function lookForOther(
  target: SshTarget,
  options: SshOptions,
  family: readonly string[],
): Promise<Buffer | undefined> {
  try {
    return (await lookAt(target, options, family)).key;
  } catch (error) {
    if (error instanceof CancelledError) throw error;
    return undefined;
  }
}

function scanned(key: Buffer, { known, config }: HandshakeContext): ScannedKey {
  const verdict = judgeHostKey(known, config.keyName, { key });
  return { keyType: keyTypeOf(key), fingerprint: fingerprintOf(key), key, verdict };
}
