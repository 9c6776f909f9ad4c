// Private keys in memory: reads every file format that OpenSSH writes, makes SSH signatures (RFC 4253, 6.6).
import { createPrivateKey, createPublicKey, sign as signWith, type KeyObject } from 'node:crypto';
import ssh2 from 'ssh2';
import type { ParsedKey } from 'ssh2';
import type { PublicKey } from './ssh-public-key.ts';
import { wireMpint, wireString } from '../ssh/ssh-wire.ts';

/** A private key that can be used. */
export interface PrivateKey {
  readonly publicKey: PublicKey;
  /**
   * @param algorithm - of the signature; RSA keys: `rsa-sha2-256` or `rsa-sha2-512`
   * @returns the signature in wire format: its algorithm, its bytes
   */
  readonly sign: (data: Buffer, algorithm: string) => Promise<Buffer>;
}

/** ECDSA by the curve's name in a JSON Web Key (RFC 7518, 6.2.1.1): its SSH name and hash (RFC 5656, 6.2.1). */
const curves: Readonly<Record<string, { readonly name: string; readonly hash: string }>> = {
  'P-256': { name: 'nistp256', hash: 'sha256' },
  'P-384': { name: 'nistp384', hash: 'sha384' },
  'P-521': { name: 'nistp521', hash: 'sha512' },
};

const rsaHashes: Readonly<Record<string, string>> = {
  'rsa-sha2-256': 'sha256',
  'rsa-sha2-512': 'sha512',
};

/**
 * Reads the contents of a private key file: OpenSSH's own format, PKCS#8, PKCS#1, SEC 1, PuTTY's version 2.
 * @throws Error when the passphrase is wrong or missing, or the key is of a kind that occ cannot use
 */
export function openPrivateKey(contents: Buffer, passphrase?: string): PrivateKey {
  const key = privateObject(contents, passphrase);
  const comment = '';
  const made = describe(key);
  return {
    publicKey: { type: made.type, blob: made.blob, comment },
    sign: async (data, algorithm) => {
      const signature = await made.sign(data, algorithm);
      return Buffer.concat([wireString(algorithm), wireString(signature)]);
    },
  };
}

function privateObject(contents: Buffer, passphrase: string | undefined): KeyObject {
  const text = contents.toString('latin1');
  // Node.js knows the formats of OpenSSL, ssh2 those of OpenSSH and PuTTY.
  if (/-----BEGIN (?:(?:RSA|EC|ENCRYPTED) )?PRIVATE KEY-----/.test(text)) {
    return createPrivateKey({ key: contents, ...(passphrase === undefined ? {} : { passphrase }) });
  }
  const parsed: ParsedKey | ParsedKey[] | Error = ssh2.utils.parseKey(contents, passphrase);
  const key = Array.isArray(parsed) ? (parsed as ParsedKey[])[0] : parsed;
  if (key instanceof Error) throw key;
  if (key?.isPrivateKey() !== true) throw new Error('The file holds no private key');
  return createPrivateKey(key.getPrivatePEM());
}

interface Described {
  readonly type: string;
  readonly blob: Buffer;
  sign(data: Buffer, algorithm: string): Promise<Buffer>;
}

function describe(key: KeyObject): Described {
  const kind = key.asymmetricKeyType;
  if (kind === 'ed25519') return ed25519(key);
  if (kind === 'ec') return ecdsa(key);
  if (kind === 'rsa') return rsa(key);
  throw new Error(`${kind ?? 'such'} keys are not supported`);
}

function ed25519(key: KeyObject): Described {
  const { x } = publicParts(key);
  const blob = Buffer.concat([wireString('ssh-ed25519'), wireString(bytesOf(x))]);
  return { type: 'ssh-ed25519', blob, sign: (data) => signature(null, data, { key }) };
}

function rsa(key: KeyObject): Described {
  const { e, n } = publicParts(key);
  const parts = [wireString('ssh-rsa'), wireMpint(bytesOf(e)), wireMpint(bytesOf(n))];
  const sign: Described['sign'] = async (data, algorithm) => {
    const hash = rsaHashes[algorithm];
    if (hash === undefined) throw new Error(`An RSA key does not sign with ${algorithm}`);
    return signature(hash, data, { key });
  };
  return { type: 'ssh-rsa', blob: Buffer.concat(parts), sign };
}

function ecdsa(key: KeyObject): Described {
  const { crv, x, y } = publicParts(key);
  const curve = curves[crv ?? ''];
  if (curve === undefined) throw new Error(`The curve ${crv ?? ''} is not supported`);
  const type = `ecdsa-sha2-${curve.name}`;
  const point = Buffer.concat([Buffer.of(4), bytesOf(x), bytesOf(y)]);
  const parts = [wireString(type), wireString(curve.name), wireString(point)];
  const sign: Described['sign'] = async (data) => {
    const pair = await signature(curve.hash, data, { key, dsaEncoding: 'ieee-p1363' });
    const half = pair.length / 2;
    return Buffer.concat([wireMpint(pair.subarray(0, half)), wireMpint(pair.subarray(half))]);
  };
  return { type, blob: Buffer.concat(parts), sign };
}

/** Off the event loop: an RSA signature takes milliseconds, and many hosts may want one at once. */
function signature(
  hash: string | null,
  data: Buffer,
  key: { readonly key: KeyObject; readonly dsaEncoding?: 'ieee-p1363' },
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    signWith(hash, data, key, (error, made) => {
      if (error === null) resolve(made);
      else reject(error);
    });
  });
}

function publicParts(key: KeyObject): Readonly<Record<string, string | undefined>> {
  return createPublicKey(key).export({ format: 'jwk' }) as Record<string, string | undefined>;
}

function bytesOf(part: string | undefined): Buffer {
  return Buffer.from(part ?? '', 'base64url');
}
