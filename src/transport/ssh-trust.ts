// Looks at a host's key without logging in, so that a person can compare and trust it.
import { ConnectError } from '../errors.ts';
import { connectTarget } from './ssh-connect.ts';
import { fingerprintOf } from './ssh-fingerprint.ts';
import type { HandshakeContext, KeyVerifier } from './ssh-handshake.ts';
import { keyTypeOf } from './ssh-host-key-blob.ts';
import type { SshOptions, SshTarget } from './ssh-target.ts';

export { trustHostKey } from './known-hosts-store.ts';

/** A host key as a server showed it. */
export interface ScannedKey {
  /** known_hosts name: `host`, `[host]:port`, or the host key alias. */
  readonly name: string;
  /** For example `ssh-ed25519`. */
  readonly keyType: string;
  /** `SHA256:…` as `ssh-keygen -l` prints it. */
  readonly fingerprint: string;
  /** In SSH wire format (RFC 4253, 6.6). */
  readonly key: Buffer;
}

/** Ends the handshake as soon as the key is there; nothing is accepted, so no login begins. */
class KeyScan implements KeyVerifier {
  failure: Error | undefined;
  seen: Buffer | undefined;

  readonly verify = (key: Buffer, answer: (accepted: boolean) => void): void => {
    this.seen = Buffer.from(key);
    answer(false);
  };

  store(): Promise<void> {
    return Promise.resolve();
  }
}

/**
 * Asks a host for its key and hangs up. Jump hosts on the way are logged in to, and their keys are verified as always.
 * The server has not proved that it owns the key: only a person's comparison makes it trustworthy.
 * @throws ConnectError, CancelledError
 */
export async function scanHostKey(target: SshTarget, options: SshOptions): Promise<ScannedKey> {
  const scan = new KeyScan();
  let name = '';
  const look = (context: HandshakeContext): KeyVerifier => {
    name = context.config.keyName.name;
    return scan;
  };
  try {
    await (await connectTarget(target, options, look)).close();
  } catch (error) {
    if (scan.seen === undefined) throw error;
  }
  const key = scan.seen;
  if (key === undefined) {
    throw new ConnectError('handshake', 'The server showed no host key', { host: target.host });
  }
  return { name, keyType: keyTypeOf(key), fingerprint: fingerprintOf(key), key };
}
