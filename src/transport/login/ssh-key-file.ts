// Private keys on disk: what kind of file it is, its public half, how it is unlocked.
import { readFile, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { shellWord } from '../../shell-word.ts';
import { messageOf } from '../../thrown.ts';
import { readKeyHeader } from './ssh-key-header.ts';
import { openPrivateKey, type PrivateKey } from './ssh-private-key.ts';
import { isCertificate, isSecurityKey, parsePublicKey, type PublicKey } from './ssh-public-key.ts';

/** An identity file as it was found. `missing` and `public` ones still select a key of the agent. */
export type KeyFile =
  | {
      readonly kind: 'plain';
      readonly path: string;
      readonly publicKey: PublicKey;
      readonly key: PrivateKey;
    }
  /** Has a passphrase. The public half is not known for old formats without a `.pub` beside them. */
  | {
      readonly kind: 'encrypted';
      readonly path: string;
      readonly publicKey: PublicKey | undefined;
    }
  /** A private key that ssh can use and occ cannot; `why` follows the path in a message. */
  | {
      readonly kind: 'openssh-only';
      readonly path: string;
      readonly publicKey: PublicKey | undefined;
      readonly why: string;
    }
  /** Only a public key is there: the private one is in an agent. */
  | { readonly kind: 'public'; readonly path: string; readonly publicKey: PublicKey }
  | { readonly kind: 'missing'; readonly path: string }
  | { readonly kind: 'unusable'; readonly path: string; readonly why: string };

/** Looks at an identity file. Never throws: what is wrong with the file is the answer. */
export async function readKeyFile(path: string): Promise<KeyFile> {
  let contents: Buffer;
  try {
    contents = await readFile(path);
  } catch (error) {
    return withoutPrivateKey(path, error as NodeJS.ErrnoException);
  }
  const text = contents.toString('latin1');
  if (!text.includes('PRIVATE KEY-----') && !text.startsWith('PuTTY-User-Key-File-')) {
    const publicKey = parsePublicKey(text);
    if (publicKey !== undefined) return { kind: 'public', path, publicKey };
    return { kind: 'unusable', path, why: 'the file holds no key' };
  }
  const why = await tooOpen(path);
  return why === undefined ? privateKeyFile(path, contents) : { kind: 'unusable', path, why };
}

/** Unlocks an encrypted key file; undefined when the passphrase is wrong. */
export async function unlockKeyFile(
  path: string,
  passphrase: string,
): Promise<PrivateKey | undefined> {
  const contents = await readFile(path);
  try {
    return openPrivateKey(contents, passphrase);
  } catch {
    return undefined;
  }
}

/**
 * Reads a public key or certificate from `path`, else from `path.pub`, as ssh does.
 * @returns undefined when there is neither
 */
export async function readPublicKeyFile(path: string): Promise<PublicKey | undefined> {
  return (await readPublic(path)) ?? readPublic(`${path}.pub`);
}

/** The certificate that lies beside an identity file as `PATH-cert.pub` (ssh_config(5), CertificateFile). */
export async function readCertificateBeside(path: string): Promise<PublicKey | undefined> {
  const found = await readPublicKeyFile(`${path}-cert`);
  return found !== undefined && isCertificate(found) ? found : undefined;
}

async function privateKeyFile(path: string, contents: Buffer): Promise<KeyFile> {
  const header = readKeyHeader(contents.toString('latin1'));
  const publicKey = header.publicKey ?? (await readPublic(`${path}.pub`));
  if (publicKey !== undefined && isSecurityKey(publicKey)) {
    const why = 'a FIDO key that is in no agent';
    return { kind: 'openssh-only', path, publicKey, why };
  }
  if (header.cipher === 'unknown') {
    const why = 'encrypted in a way that only ssh reads';
    return { kind: 'openssh-only', path, publicKey, why };
  }
  if (header.cipher === 'known') return { kind: 'encrypted', path, publicKey };
  try {
    const key = openPrivateKey(contents);
    return { kind: 'plain', path, publicKey: key.publicKey, key };
  } catch (error) {
    return { kind: 'unusable', path, why: messageOf(error) };
  }
}

async function withoutPrivateKey(path: string, error: NodeJS.ErrnoException): Promise<KeyFile> {
  if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') {
    return { kind: 'unusable', path, why: error.message };
  }
  const publicKey = await readPublic(`${path}.pub`);
  return publicKey === undefined ? { kind: 'missing', path } : { kind: 'public', path, publicKey };
}

async function readPublic(path: string): Promise<PublicKey | undefined> {
  const text = await readFile(path, 'latin1').catch(() => undefined);
  return text === undefined ? undefined : parsePublicKey(text);
}

/** ssh refuses a key of ours that others can read (ssh(1), FILES); so does occ. */
async function tooOpen(path: string): Promise<string | undefined> {
  const info = await stat(path);
  if (info.uid !== userInfo().uid || (info.mode & 0o077) === 0) return undefined;
  const mode = (info.mode & 0o777).toString(8).padStart(4, '0');
  return `others can read it (mode ${mode}): chmod 600 ${shellWord(path)}`;
}
