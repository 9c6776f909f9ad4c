// Which keys may be offered, and the algorithm that each signs with (RFC 8332; ssh_config(5), PubkeyAcceptedAlgorithms).
import { parseCertificate } from './ssh-certificate.ts';
import { plainType, rsaBits, type PublicKey } from './ssh-public-key.ts';

/** OpenSSH's default of RequiredRSASize. */
const defaultRsaBits = 1024;

/** Types of keys that SSH servers of today take; DSA is not among them. */
const plainTypes = new Set([
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'ssh-rsa',
  'sk-ssh-ed25519@openssh.com',
  'sk-ecdsa-sha2-nistp256@openssh.com',
]);

/** What is offered for an RSA key or its certificate, and what it signs with: never `ssh-rsa`, which is SHA-1. */
const rsaAlgorithms = [
  { plain: 'rsa-sha2-512', certificate: 'rsa-sha2-512-cert-v01@openssh.com' },
  { plain: 'rsa-sha2-256', certificate: 'rsa-sha2-256-cert-v01@openssh.com' },
] as const;

/** What the configuration and the server allow. */
export interface AlgorithmRules {
  /** Empty: everything. */
  readonly pubkeyAcceptedAlgorithms: readonly string[];
  /** Bits; 0 stands for OpenSSH's default. */
  readonly requiredRsaSize: number;
}

/** How a key is offered and signs. */
export interface KeyAlgorithm {
  /** In the request. */
  readonly offered: string;
  /** In the signature: a certificate signs as its plain key does. */
  readonly signature: string;
}

/** Why a key is never offered, whatever the server says; undefined when it may be. */
export function keyFault(key: PublicKey, rules: AlgorithmRules): string | undefined {
  const plain = plainType(key.type);
  if (!plainTypes.has(plain)) return `${key.type} keys are not supported`;
  const bits =
    rsaBits(key) ?? rsaBits({ type: plain, blob: parseCertificate(key)?.plainBlob ?? key.blob });
  const least = rules.requiredRsaSize || defaultRsaBits;
  if (bits !== undefined && bits < least) return `an RSA key of ${bits} bits (least: ${least})`;
  if (candidates(key, rules).length > 0) return undefined;
  return `PubkeyAcceptedAlgorithms of the ssh configuration leaves out ${key.type}`;
}

/**
 * The algorithm for a key, chosen as ssh does: the first that the configuration allows and the server takes.
 * @param server - what the server says that it takes; undefined when it does not say
 * @param software - the server's, for example `OpenSSH_7.4`
 * @returns undefined when there is none, which happens to RSA keys only
 */
export function keyAlgorithm(
  key: PublicKey,
  rules: AlgorithmRules,
  server: readonly string[] | undefined,
  software: string,
): KeyAlgorithm | undefined {
  const all = candidates(key, rules);
  if (plainType(key.type) !== 'ssh-rsa') return all[0];
  // Up to 7.7, it knows no SHA-2 for certificates.
  if (key.type !== 'ssh-rsa' && /^OpenSSH_([2-6]|7\.[0-7])/.test(software)) return undefined;
  // 7.4 takes SHA-2 for plain keys but does not say so.
  const silent = software.startsWith('OpenSSH_7.4') && key.type === 'ssh-rsa';
  return all.find(({ signature }) => silent || server?.includes(signature) === true);
}

function candidates(key: PublicKey, rules: AlgorithmRules): KeyAlgorithm[] {
  const { pubkeyAcceptedAlgorithms: accepted } = rules;
  const all = algorithmsOf(key);
  if (accepted.length === 0) return all;
  const rank = ({ offered }: KeyAlgorithm): number => accepted.indexOf(offered);
  return all.filter((one) => rank(one) !== -1).sort((a, b) => rank(a) - rank(b));
}

function algorithmsOf({ type }: PublicKey): KeyAlgorithm[] {
  const plain = plainType(type);
  if (plain !== 'ssh-rsa') return [{ offered: type, signature: plain }];
  return rsaAlgorithms.map((names) => ({
    offered: type === plain ? names.plain : names.certificate,
    signature: names.plain,
  }));
}
