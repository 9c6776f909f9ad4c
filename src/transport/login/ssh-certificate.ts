// User certificates: what they certify, for whom and until when (OpenSSH's PROTOCOL.certkeys).
import { isCertificate, plainType, type PublicKey } from './ssh-public-key.ts';
import { WireReader, wireString } from '../ssh/ssh-wire.ts';

/** What a certificate says. Nothing of it is verified: that is the server's part. */
export interface Certificate {
  readonly kind: 'user' | 'host';
  /** The name that the authority gave it; it stands in the server's log. */
  readonly keyId: string;
  /** Login names that it is for; empty: the authority named none. */
  readonly principals: readonly string[];
  /** Seconds since 1970. */
  readonly validAfter: bigint;
  /** Seconds since 1970, exclusive; undefined: for ever. */
  readonly validBefore: bigint | undefined;
  /** The key that it certifies, in wire format. */
  readonly plainBlob: Buffer;
}

const forever = 0xffff_ffff_ffff_ffffn;

// Fields that come after the nonce and belong to the key.
const keyFields: Readonly<Record<string, number>> = {
  'ssh-rsa': 2,
  'ssh-ed25519': 1,
  'ecdsa-sha2-nistp256': 2,
  'ecdsa-sha2-nistp384': 2,
  'ecdsa-sha2-nistp521': 2,
  'sk-ssh-ed25519@openssh.com': 2,
  'sk-ecdsa-sha2-nistp256@openssh.com': 3,
};

/** Reads a certificate; undefined when the key is none, is of an unknown type, or is malformed. */
export function parseCertificate(key: Pick<PublicKey, 'type' | 'blob'>): Certificate | undefined {
  const plain = plainType(key.type);
  const fields = keyFields[plain];
  if (!isCertificate(key) || fields === undefined) return undefined;
  try {
    return read(new WireReader(key.blob), plain, fields);
  } catch {
    return undefined;
  }
}

function read(reader: WireReader, plain: string, fields: number): Certificate | undefined {
  reader.string();
  reader.string();
  const parts = Array.from({ length: fields }, () => wireString(reader.string()));
  reader.uint64();
  const kind = reader.uint32();
  if (kind !== 1 && kind !== 2) return undefined;
  const keyId = reader.text();
  const names = new WireReader(reader.string());
  const principals: string[] = [];
  while (names.left > 0) principals.push(names.text());
  const validAfter = reader.uint64();
  const validBefore = reader.uint64();
  return {
    kind: kind === 1 ? 'user' : 'host',
    keyId,
    principals,
    validAfter,
    validBefore: validBefore === forever ? undefined : validBefore,
    plainBlob: Buffer.concat([wireString(plain), ...parts]),
  };
}

/** Why a server may refuse a certificate, as far as the certificate itself tells; undefined when nothing does. */
export function certificateFault(
  { validAfter, validBefore, principals }: Certificate,
  user: string,
  now: Date,
): string | undefined {
  const seconds = BigInt(Math.floor(now.getTime() / 1000));
  if (validBefore !== undefined && seconds >= validBefore) {
    return `expired on ${describeTime(validBefore)}`;
  }
  if (seconds < validAfter) return `is not valid before ${describeTime(validAfter)}`;
  if (principals.length > 0 && !principals.includes(user)) {
    return `is for ${principals.join(', ')}, not for ${user}`;
  }
  return undefined;
}

/** `certificate “alice”, valid until 2026-12-01 10:00 UTC, principals: ops, deploy`. */
export function describeCertificate({ keyId, validBefore, principals }: Certificate): string {
  const until = validBefore === undefined ? 'for ever' : `until ${describeTime(validBefore)}`;
  const names = principals.length === 0 ? 'none' : principals.join(', ');
  return `certificate “${keyId}”, valid ${until}, principals: ${names}`;
}

function describeTime(seconds: bigint): string {
  // The last moment that a Date can hold; a certificate may name a later one.
  const date = new Date(Math.min(Number(seconds) * 1000, 8.64e15));
  return `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
