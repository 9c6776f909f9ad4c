// Whether RevokedHostKeys of the ssh configuration names a key: a text file with a key on each line, or a KRL (ssh_config(5)).
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConnectError } from '../../errors.ts';
import { shellWord } from '../../shell-word.ts';
import { messageOf } from '../../thrown.ts';
import { parseCertificate } from '../login/ssh-certificate.ts';
import type { RevokedAt } from './known-hosts.ts';
import { decodeKey, keyTypeOf } from './ssh-host-key-blob.ts';
import { pinTextOf } from './ssh-pins.ts';

/** How a key revocation list begins (PROTOCOL.krl). */
const krlMagic = 'SSHKRL\n\0';

/** Milliseconds for a look into a list on this machine. */
const lookMs = 10_000;

/** Where the file is, for whom, and with which PATH ssh-keygen is found. */
export interface RevokedContext {
  readonly file: string;
  readonly host: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Where the file revokes a key in SSH wire format; undefined where it does not.
 * @throws ConnectError `config` for a file that cannot be read: as with ssh, no key is good then
 */
export async function revokedAt(
  key: Buffer,
  context: RevokedContext,
): Promise<RevokedAt | undefined> {
  const bytes = await readFile(context.file).catch((error: unknown) => {
    throw unusable(messageOf(error), context);
  });
  if (bytes.subarray(0, krlMagic.length).toString('latin1') !== krlMagic) {
    return inText(bytes.toString('latin1'), key, context);
  }
  const isRevoked = await inList(key, context);
  return isRevoked ? { file: context.file, line: undefined } : undefined;
}

/** As in ssh, every line has to be a key, up to the one that is looked for. */
function inText(text: string, key: Buffer, context: RevokedContext): RevokedAt | undefined {
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.replace(/^[ \t]+/, '');
    if (line === '' || line.startsWith('#')) continue;
    const [type = '', encoded = ''] = line.split(/[ \t]+/);
    const blob = decodeKey(encoded);
    if (blob === undefined || keyTypeOf(blob) !== type) {
      throw unusable(`line ${index + 1} is no key`, context);
    }
    const plain = parseCertificate({ type, blob })?.plainBlob ?? blob;
    if (plain.equals(key)) return { file: context.file, line: index + 1 };
  }
  return undefined;
}

async function inList(key: Buffer, context: RevokedContext): Promise<boolean> {
  const directory = await mkdtemp(join(tmpdir(), 'occ-krl-'));
  try {
    const file = join(directory, 'key.pub');
    await writeFile(file, `${pinTextOf(key)}\n`, { mode: 0o600 });
    return await askKeygen(file, context);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** ssh-keygen ends with 1 for a key that is revoked (ssh-keygen(1), KEY REVOCATION LISTS). */
function askKeygen(keyFile: string, context: RevokedContext): Promise<boolean> {
  const { file, env } = context;
  return new Promise((resolve, reject) => {
    const argv = ['-Q', '-f', file, keyFile];
    execFile('ssh-keygen', argv, { env, timeout: lookMs }, (error, stdout) => {
      if (error === null) resolve(false);
      else if (error.code === 1 && stdout.includes('REVOKED')) resolve(true);
      else reject(unusable(error.message, context));
    });
  });
}

function unusable(why: string, { file, host }: RevokedContext): ConnectError {
  const message = `RevokedHostKeys of your SSH configuration cannot be used, so that no host key is good: ${file}: ${why}`;
  const hint = `See who may read it, and what it holds: ls -l ${shellWord(file)}`;
  return new ConnectError('config', message, { host, hint });
}
