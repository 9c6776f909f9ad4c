// How a host key is shown to people.
import { createHash } from 'node:crypto';

/** `SHA256:…` as `ssh-keygen -l` prints it: base64 without padding. */
export function fingerprintOf(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}
