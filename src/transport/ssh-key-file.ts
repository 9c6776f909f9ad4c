// Private keys on disk: what kind of file it is, its public half, how it is unlocked.
import { readFile, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import ssh2 from 'ssh2';
import type { ParsedKey } from 'ssh2';
import { shellWord } from '../shell-word.ts';

/** An identity file as it was found. `missing` and `public` ones still select a key of the agent. */
export type KeyFile =
  | {
      readonly kind: 'plain';
      readonly path: string;
      readonly publicKey: ParsedKey;
      readonly key: ParsedKey;
    }
  /** Has a passphrase. The public half is not known for old formats without a `.pub` beside them. */
  | { readonly kind: 'encrypted'; readonly path: string; readonly publicKey: ParsedKey | undefined }
  /** Only a public key is there: the private one is in an agent. */
  | { readonly kind: 'public'; readonly path: string; readonly publicKey: ParsedKey }
  | { readonly kind: 'missing'; readonly path: string }
  | { readonly kind: 'unusable'; readonly path: string; readonly why: string };

/** Looks at an identity file. Never throws: what is wrong with the file is the answer. */
export async function readKeyFile(path: string): Promise<KeyFile> {
  let text: Buffer;
  try {
    text = await readFile(path);
  } catch (error) {
    return withoutPrivateKey(path, error as NodeJS.ErrnoException);
  }
  const key = parse(text);
  if (!(key instanceof Error)) {
    if (!key.isPrivateKey()) return { kind: 'public', path, publicKey: key };
    const why = await tooOpen(path);
    return why === undefined
      ? { kind: 'plain', path, publicKey: key, key }
      : { kind: 'unusable', path, why };
  }
  if (!needsPassphrase(key)) return { kind: 'unusable', path, why: key.message };
  const publicKey = publicHalf(text) ?? (await readPublic(`${path}.pub`));
  return { kind: 'encrypted', path, publicKey };
}

/** Unlocks an encrypted key file; undefined when the passphrase is wrong. */
export async function unlockKeyFile(
  path: string,
  passphrase: string,
): Promise<ParsedKey | undefined> {
  const key = parse(await readFile(path), passphrase);
  return key instanceof Error ? undefined : key;
}

async function withoutPrivateKey(path: string, error: NodeJS.ErrnoException): Promise<KeyFile> {
  if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') {
    return { kind: 'unusable', path, why: error.message };
  }
  const publicKey = await readPublic(`${path}.pub`);
  return publicKey === undefined ? { kind: 'missing', path } : { kind: 'public', path, publicKey };
}

async function readPublic(path: string): Promise<ParsedKey | undefined> {
  const text = await readFile(path).catch(() => undefined);
  const key = text === undefined ? undefined : parse(text);
  return key === undefined || key instanceof Error || key.isPrivateKey() ? undefined : key;
}

/** ssh2 answers a list of keys for the newer format, although its types do not say so. */
function parse(text: Buffer, passphrase?: string): ParsedKey | Error {
  const parsed: ParsedKey | ParsedKey[] | Error = ssh2.utils.parseKey(text, passphrase);
  if (!Array.isArray(parsed)) return parsed;
  return (parsed as ParsedKey[])[0] ?? new Error('The file holds no key');
}

function needsPassphrase(error: Error): boolean {
  return /encrypted.*passphrase/i.test(error.message);
}

/** ssh refuses a key of ours that others can read (ssh(1), FILES); so does occ. */
async function tooOpen(path: string): Promise<string | undefined> {
  const info = await stat(path);
  if (info.uid !== userInfo().uid || (info.mode & 0o077) === 0) return undefined;
  const mode = (info.mode & 0o777).toString(8).padStart(4, '0');
  return `others can read it (mode ${mode}): chmod 600 ${shellWord(path)}`;
}

/** The newer format holds the public key in clear before the encrypted part (OpenSSH's PROTOCOL.key). */
function publicHalf(text: Buffer): ParsedKey | undefined {
  const armour = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]*?)-----END/.exec(
    text.toString('latin1'),
  );
  if (armour === null) return undefined;
  const blob = Buffer.from(armour[1] ?? '', 'base64');
  const magic = 'openssh-key-v1\0';
  if (!blob.toString('latin1').startsWith(magic)) return undefined;
  try {
    let offset = magic.length;
    const skip = (): void => void (offset += 4 + blob.readUInt32BE(offset));
    // Cipher, key derivation, its options, then the number of keys.
    for (let field = 0; field < 3; field++) skip();
    offset += 4;
    const start = offset + 4;
    skip();
    const key = parse(blob.subarray(start, offset));
    return key instanceof Error ? undefined : key;
  } catch {
    return undefined;
  }
}
