// Public keys and certificates as data: their type, what they say about themselves, the line that holds them in a file.
import { WireReader } from '../ssh/ssh-wire.ts';

/** A public key or a certificate. */
export interface PublicKey {
  /** The first field of the blob: `ssh-ed25519`, `ssh-rsa-cert-v01@openssh.com`, … */
  readonly type: string;
  /** In SSH wire format (RFC 4253, 6.6; certificates: OpenSSH's PROTOCOL.certkeys). */
  readonly blob: Buffer;
  /** For people; may be empty. */
  readonly comment: string;
}

const certificateSuffix = '-cert-v01@openssh.com';

/** True for `*-cert-v01@openssh.com`. */
export function isCertificate({ type }: Pick<PublicKey, 'type'>): boolean {
  return type.endsWith(certificateSuffix);
}

/** True for keys that live in a FIDO token, and for their certificates. */
export function isSecurityKey({ type }: Pick<PublicKey, 'type'>): boolean {
  return type.startsWith('sk-');
}

/** The type of the key that a certificate certifies; a plain key's own type. */
export function plainType(type: string): string {
  if (!type.endsWith(certificateSuffix)) return type;
  const plain = type.slice(0, -certificateSuffix.length);
  return plain.startsWith('sk-') ? `${plain}@openssh.com` : plain;
}

/**
 * Reads a blob; undefined when it does not begin with the name of a type.
 * @param comment - what people call it
 */
export function publicKeyOf(blob: Buffer, comment = ''): PublicKey | undefined {
  try {
    const type = new WireReader(blob).string().toString('latin1');
    return /^[\w.@-]{1,64}$/.test(type) ? { type, blob, comment } : undefined;
  } catch {
    return undefined;
  }
}

/** Reads `TYPE BASE64 [COMMENT]` from the first line that is one; undefined when none is. */
export function parsePublicKey(text: string): PublicKey | undefined {
  for (const line of text.split(/\r?\n/)) {
    const fields = /^\s*([\w.@-]+)\s+([A-Za-z0-9+/]+={0,2})(?:\s+(.*))?$/.exec(line);
    if (fields === null) continue;
    const key = publicKeyOf(Buffer.from(fields[2] ?? '', 'base64'), (fields[3] ?? '').trim());
    if (key !== undefined && key.type === fields[1]) return key;
  }
  return undefined;
}

/** Bits of an RSA key's modulus; undefined for other types. Certificates: give the key that they certify. */
export function rsaBits({ type, blob }: Pick<PublicKey, 'type' | 'blob'>): number | undefined {
  if (type !== 'ssh-rsa') return undefined;
  try {
    const reader = new WireReader(blob);
    reader.string();
    reader.string();
    const modulus = reader.string();
    const first = modulus.findIndex((byte) => byte !== 0);
    if (first === -1) return 0;
    return (modulus.length - first) * 8 - (Math.clz32(modulus[first] ?? 0) - 24);
  } catch {
    return 0;
  }
}
