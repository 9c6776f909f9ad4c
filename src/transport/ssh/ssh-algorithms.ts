// The algorithms that occ offers (RFC 4253, 7.1), and in which order it asks for host keys.
import type { Algorithms, ServerHostKeyAlgorithm } from 'ssh2';

/**
 * What occ offers where the configuration allows it, fastest first.
 * Without diffie-hellman-group-exchange: looking for its prime blocks the event loop for more than a second.
 */
export const ownAlgorithms = {
  kex: [
    'curve25519-sha256',
    'curve25519-sha256@libssh.org',
    'ecdh-sha2-nistp256',
    'diffie-hellman-group16-sha512',
    'diffie-hellman-group14-sha256',
  ],
  cipher: [
    'aes128-gcm@openssh.com',
    'aes256-gcm@openssh.com',
    'chacha20-poly1305@openssh.com',
    'aes256-ctr',
  ],
  hmac: ['hmac-sha2-256-etm@openssh.com', 'hmac-sha2-512-etm@openssh.com'],
  compress: ['none'],
} satisfies Algorithms;

/** Host key algorithms that ssh2 can verify and that are not broken (no SHA-1, no DSA), strongest first. */
const hostKeyAlgorithms: readonly ServerHostKeyAlgorithm[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
];

/** What to offer a server. */
export function offeredAlgorithms(
  configured: readonly string[],
  knownTypes: readonly string[],
): typeof ownAlgorithms & { serverHostKey: ServerHostKeyAlgorithm[] } {
  return { ...ownAlgorithms, serverHostKey: orderHostKeyAlgorithms(configured, knownTypes) };
}

/**
 * The host key algorithms to offer, in order: those of known keys first, so that a server with several keys shows one
 * that can be checked. Empty when the configuration allows none that occ can verify.
 * @param configured - HostKeyAlgorithms as `ssh -G` prints it
 * @param knownTypes - types of the keys that known_hosts holds for the server
 */
export function orderHostKeyAlgorithms(
  configured: readonly string[],
  knownTypes: readonly string[],
): ServerHostKeyAlgorithm[] {
  const usable = configured.filter((name) => isSupported(name));
  const known = new Set(knownTypes.flatMap(algorithmsOf));
  const first = usable.filter((name) => known.has(name));
  return [...first, ...usable.filter((name) => !known.has(name))];
}

function isSupported(name: string): name is ServerHostKeyAlgorithm {
  return hostKeyAlgorithms.some((algorithm) => algorithm === name);
}

/** An RSA key is used with SHA-2 signatures (RFC 8332). */
function algorithmsOf(keyType: string): string[] {
  return keyType === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256'] : [keyType];
}
