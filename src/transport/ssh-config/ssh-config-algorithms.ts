// Algorithms that OpenSSH offers where the configuration says nothing, and how a configuration changes them.
import { matchesPattern, matchesPatternList } from './ssh-config-pattern.ts';

/** Lists of names, by keyword in lower case. */
export interface AlgorithmDefaults {
  readonly kexalgorithms: readonly string[];
  readonly ciphers: readonly string[];
  readonly macs: readonly string[];
  readonly hostkeyalgorithms: readonly string[];
  readonly pubkeyacceptedalgorithms: readonly string[];
}

const ecdsa = ['ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521'];
const certificates = ['ssh-ed25519', ...ecdsa, 'sk-ssh-ed25519', 'sk-ecdsa-sha2-nistp256']
  .concat('rsa-sha2-512', 'rsa-sha2-256')
  .map((name) => `${name}-cert-v01@openssh.com`);
const signatures = [
  ...certificates,
  'ssh-ed25519',
  ...ecdsa,
  'sk-ssh-ed25519@openssh.com',
  'sk-ecdsa-sha2-nistp256@openssh.com',
  'rsa-sha2-512',
  'rsa-sha2-256',
];

/** What patterns such as `+ssh-*` find, in the order of OpenSSH: with those that are off by default. */
const knownSignatures = [
  'ssh-ed25519',
  'sk-ssh-ed25519@openssh.com',
  ...ecdsa,
  'sk-ecdsa-sha2-nistp256@openssh.com',
  'ssh-rsa',
  'rsa-sha2-256',
  'rsa-sha2-512',
].flatMap((name) => [name, `${name.replace('@openssh.com', '')}-cert-v01@openssh.com`]);

/** Those of OpenSSH 9.2. */
export const algorithmDefaults: AlgorithmDefaults = {
  kexalgorithms: [
    'sntrup761x25519-sha512',
    'sntrup761x25519-sha512@openssh.com',
    'curve25519-sha256',
    'curve25519-sha256@libssh.org',
    'ecdh-sha2-nistp256',
    'ecdh-sha2-nistp384',
    'ecdh-sha2-nistp521',
    'diffie-hellman-group-exchange-sha256',
    'diffie-hellman-group16-sha512',
    'diffie-hellman-group18-sha512',
    'diffie-hellman-group14-sha256',
  ],
  ciphers: [
    'chacha20-poly1305@openssh.com',
    'aes128-ctr',
    'aes192-ctr',
    'aes256-ctr',
    'aes128-gcm@openssh.com',
    'aes256-gcm@openssh.com',
  ],
  macs: [
    'umac-64-etm@openssh.com',
    'umac-128-etm@openssh.com',
    'hmac-sha2-256-etm@openssh.com',
    'hmac-sha2-512-etm@openssh.com',
    'hmac-sha1-etm@openssh.com',
    'umac-64@openssh.com',
    'umac-128@openssh.com',
    'hmac-sha2-256',
    'hmac-sha2-512',
    'hmac-sha1',
  ],
  hostkeyalgorithms: signatures,
  pubkeyacceptedalgorithms: signatures,
};

/**
 * Applies a list of the configuration to the defaults: `+` adds, `-` takes away, `^` puts in front, and anything else
 * replaces them. Names may be patterns.
 */
export function assembleAlgorithms(
  list: string | undefined,
  defaults: readonly string[],
): readonly string[] {
  if (list === undefined) return defaults;
  const names = list.replace(/^[-+^]/, '').split(',');
  if (list.startsWith('-')) {
    return defaults.filter((name) => !matchesPatternList(name, names.join(',')));
  }
  const given = list.startsWith('+')
    ? [...defaults, ...names]
    : list.startsWith('^')
      ? [...names, ...defaults]
      : names;
  return [...new Set(given.flatMap((name) => resolvePattern(name, defaults)))];
}

function resolvePattern(name: string, defaults: readonly string[]): readonly string[] {
  if (!/[*?]/.test(name)) return [name];
  const known = new Set([...knownSignatures, ...defaults]);
  return [...known].filter((each) => matchesPattern(each, name));
}
