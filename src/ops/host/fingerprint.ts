// Fingerprints of host keys on the command line: their form, and what a difference means.
import { z } from 'zod';
import { ConnectError } from '../../errors.ts';
import type { RevokedHostKey, ShownHostKey, ShownHostKeys } from '../../hosts/host-key.ts';

/** A SHA-256 fingerprint as `ssh-keygen -l` prints it; the padding `=` of some other tools is dropped. */
export const fingerprintField = z
  .string()
  .regex(/^SHA256:[A-Za-z0-9+/]{43}=?$/, 'a fingerprint as ssh-keygen -l prints it: SHA256:…')
  .transform((text) => text.replace(/=$/, ''));

/**
 * The key with the fingerprint that was expected.
 * @throws ConnectError `host-key-revoked` when it is revoked, `host-key-changed` when the host shows none that has it
 */
export function keyWithFingerprint(
  host: string,
  { keys, revoked }: Pick<ShownHostKeys, 'keys' | 'revoked'>,
  expected: string,
): ShownHostKey {
  const found = keys.find(({ fingerprint }) => fingerprint === expected);
  if (found !== undefined) return found;
  const givenUp = revoked.find(({ fingerprint }) => fingerprint === expected);
  if (givenUp !== undefined) throw revokedError(host, givenUp);
  const what = keys.length === 1 ? 'The host key is' : 'The host keys are';
  const message = `${what} ${listed(keys)}, not ${expected}; nothing was stored`;
  throw new ConnectError('host-key-changed', message, {
    host,
    hint:
      'Somebody may be intercepting the connection, or the fingerprint is of another machine. ' +
      'On the host itself: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub',
  });
}

function revokedError(host: string, { keyType, fingerprint, where }: RevokedHostKey): ConnectError {
  const message = `The host key ${keyType} ${fingerprint} is revoked (${where}); nothing was stored`;
  const hint = 'The host needs a new host key; ask whoever runs it.';
  return new ConnectError('host-key-revoked', message, { host, hint });
}

/** `ssh-ed25519 SHA256:…, ssh-rsa SHA256:…` */
export function listed(keys: readonly Pick<ShownHostKey, 'keyType' | 'fingerprint'>[]): string {
  return keys.map(({ keyType, fingerprint }) => `${keyType} ${fingerprint}`).join(', ');
}
