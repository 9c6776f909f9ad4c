// Fingerprints of host keys on the command line: their form, and what a difference means.
import { z } from 'zod';
import { ConnectError } from '../../errors.ts';
import type { ShownHostKey } from '../../hosts/host-key.ts';

/** A SHA-256 fingerprint as `ssh-keygen -l` prints it; the padding `=` of some other tools is dropped. */
export const fingerprintField = z
  .string()
  .regex(/^SHA256:[A-Za-z0-9+/]{43}=?$/, 'a fingerprint as ssh-keygen -l prints it: SHA256:…')
  .transform((text) => text.replace(/=$/, ''));

/**
 * Checks that a host shows the key that was expected.
 * @throws ConnectError `host-key-changed` when it shows another one
 */
export function requireFingerprint(host: string, key: ShownHostKey, expected: string): void {
  if (key.fingerprint === expected) return;
  const message = `The host key is ${key.keyType} ${key.fingerprint}, not ${expected}; nothing was stored`;
  throw new ConnectError('host-key-changed', message, {
    host,
    hint:
      'Somebody may be intercepting the connection, or the fingerprint is of a key of another type. ' +
      'On the host itself: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub',
  });
}
