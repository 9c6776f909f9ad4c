// known_hosts files on disk: read all of them, append to occ's own one.
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ConnectError } from '../../errors.ts';
import { withFileLock } from '../../file-lock.ts';
import { codeOf } from '../../thrown.ts';
import { hashName, matchesHosts, saltBytes, toLowerAscii } from './known-hosts-match.ts';
import { parseKnownHosts, type HostKeyName, type KnownHostLine } from './known-hosts.ts';
import { keyTypeOf } from './ssh-host-key-blob.ts';

const lockPatienceMs = 15_000;

/** One host, as sshd(8) writes it: no `*`, `?` or `!`, no list, no hash, no marker, no comment. */
const literalName = /^[^\s\p{Cc},*?!#|@]+$/u;

/** Where occ keeps the host keys that it was told to trust. */
export function ownKnownHostsFile(stateDir: string): string {
  return join(stateDir, 'known_hosts');
}

/** Reads the usable lines of all files, in this order. Files that do not exist count as empty. */
export async function readKnownHosts(files: readonly string[]): Promise<KnownHostLine[]> {
  const texts = await Promise.all(
    files.map(async (file) => ({ file, text: await readText(file) })),
  );
  return texts.flatMap(({ file, text }) => parseKnownHosts(text, file));
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '')) return '';
    throw error;
  }
}

/**
 * Appends a host key to `<stateDir>/known_hosts` (owner-only), unless the same line is there. Safe among several
 * processes; mends a missing line end at the end of the file.
 * @param name - the name to keep it under: `host` or `[host]:port`
 * @param key - in SSH wire format (RFC 4253, 6.6)
 * @param hashed - keeps the name unreadable, as `HashKnownHosts yes` wants it
 * @throws LockedError when another process holds the file's lock for 15 seconds
 * @throws ConnectError `config` for a name that known_hosts would read as a pattern, a list or more than one field
 */
export async function trustHostKey(
  stateDir: string,
  name: string,
  key: Buffer,
  hashed = false,
): Promise<void> {
  if (!literalName.test(name)) throw patternError(name);
  await mkdir(stateDir, { recursive: true, mode: 0o700 });
  const file = ownKnownHostsFile(stateDir);
  await withFileLock(file, () => append(file, toLowerAscii(name), key, hashed), lockPatienceMs);
}

async function append(file: string, name: string, key: Buffer, hashed: boolean): Promise<void> {
  const text = await readText(file);
  const known = parseKnownHosts(text, file);
  const same = (line: KnownHostLine): boolean =>
    line.marker === 'none' && matchesHosts(line.hosts, name) && line.key.equals(key);
  if (known.some(same)) return;
  const mend = text === '' || text.endsWith('\n') ? '' : '\n';
  const shown = hashed ? hashName(name, randomBytes(saltBytes)) : name;
  const line = `${shown} ${keyTypeOf(key)} ${key.toString('base64')}\n`;
  const handle = await open(file, 'a', 0o600);
  try {
    await handle.writeFile(mend + line);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await chmod(file, 0o600);
}

/**
 * Removes the plain keys of one host from occ's own known_hosts, but for those to keep. Lines that name several hosts,
 * which a person wrote, stay, and so does what is known for the same machine on another port.
 * @throws LockedError when another process holds the file's lock for 15 seconds
 */
export async function forgetHostKeys(
  stateDir: string,
  { name }: HostKeyName,
  keep: readonly Buffer[],
): Promise<void> {
  const file = ownKnownHostsFile(stateDir);
  const isOld = ({ marker, hosts, key }: KnownHostLine): boolean =>
    marker === 'none' &&
    (literalName.test(hosts) || hosts.startsWith('|')) &&
    matchesHosts(hosts, name) &&
    !keep.some((each) => each.equals(key));
  if (!(await readKnownHosts([file])).some(isOld)) return;
  await withFileLock(file, () => removeLines(file, isOld), lockPatienceMs);
}

async function removeLines(file: string, isOld: (line: KnownHostLine) => boolean): Promise<void> {
  const text = await readText(file);
  const gone = new Set(
    parseKnownHosts(text, file)
      .filter(isOld)
      .map(({ line }) => line),
  );
  const left = text.split('\n').filter((_, index) => !gone.has(index + 1));
  // Under the file's lock there is one writer, so the name can be a fixed one.
  const fresh = `${file}.new`;
  try {
    await writeFile(fresh, left.join('\n'), { mode: 0o600 });
    await rename(fresh, file);
  } finally {
    await rm(fresh, { force: true });
  }
}

function patternError(name: string): ConnectError {
  const message = `A host key cannot be kept under “${name}”: it would count for other hosts as well`;
  const hint = 'Give the host a plain name: HostName or HostKeyAlias in your ssh configuration.';
  return new ConnectError('config', message, { hint });
}
