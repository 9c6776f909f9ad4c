// What a private key file tells without its passphrase: whether it is encrypted, and often its public half.
import { publicKeyOf, type PublicKey } from './ssh-public-key.ts';
import { WireReader } from '../ssh/ssh-wire.ts';

/** The outside of a private key file. */
export interface KeyHeader {
  /** `unknown`: encrypted with what occ cannot decrypt. */
  readonly cipher: 'none' | 'known' | 'unknown';
  /** Known for OpenSSH's own format, which holds it in clear (OpenSSH's PROTOCOL.key). */
  readonly publicKey: PublicKey | undefined;
}

// What ssh2 decrypts. It has no chacha20-poly1305 for files.
const knownCiphers = /^(3des-cbc|aes(128|192|256)-(cbc|ctr)|aes(128|256)-gcm@openssh\.com)$/;

const magic = 'openssh-key-v1\0';

/** Reads the header of a private key file. What is malformed counts as not encrypted: opening it then says why. */
export function readKeyHeader(text: string): KeyHeader {
  const armour = /-----BEGIN OPENSSH PRIVATE KEY-----([^-]*)-----END/.exec(text);
  if (armour !== null) return readOpenSshHeader(Buffer.from(armour[1] ?? '', 'base64'));
  const encrypted =
    text.includes('-----BEGIN ENCRYPTED PRIVATE KEY-----') ||
    /^Proc-Type: 4,ENCRYPTED/m.test(text) ||
    /^Encryption: (?!none)/m.test(text);
  return { cipher: encrypted ? 'known' : 'none', publicKey: undefined };
}

function readOpenSshHeader(blob: Buffer): KeyHeader {
  if (!blob.toString('latin1', 0, magic.length).startsWith(magic)) {
    return { cipher: 'none', publicKey: undefined };
  }
  try {
    const reader = new WireReader(blob, magic.length);
    const cipher = reader.text();
    // Key derivation, its options, then the number of keys.
    reader.string();
    reader.string();
    reader.uint32();
    return { cipher: cipherKind(cipher), publicKey: publicKeyOf(Buffer.from(reader.string())) };
  } catch {
    return { cipher: 'none', publicKey: undefined };
  }
}

function cipherKind(cipher: string): KeyHeader['cipher'] {
  if (cipher === 'none') return 'none';
  return knownCiphers.test(cipher) ? 'known' : 'unknown';
}
