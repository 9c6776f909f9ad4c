// Services of PAM for tests, in /etc/pam.d and removed again; one-time codes (RFC 6238).
import { createHmac, randomBytes } from 'node:crypto';
import { chmod, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { userInfo } from 'node:os';
import { tool } from './sshd-server.ts';

/** A service that sshd can ask; see `pamService` of startSshd. */
export interface PamService {
  readonly name: string;
  remove(): Promise<void>;
}

/** Makes a service whose `auth` lines are given. Needs root, or sudo without a password. */
export async function makePamService(directory: string, ...auth: string[]): Promise<PamService> {
  // PAM looks for services by names in lower case.
  const name = `occ-test-${randomBytes(6).toString('hex')}`;
  const file = `/etc/pam.d/${name}`;
  const rest = ['account required pam_permit.so', 'session required pam_permit.so'];
  const text = [...auth.map((line) => `auth ${line}`), ...rest].join('\n');
  const draft = join(directory, 'pam');
  await writeFile(draft, `${text}\n`);
  const asRoot = userInfo().uid === 0 ? [] : ['sudo', '-n'];
  await tool('env', ...asRoot, 'install', '-m', '644', draft, file);
  return {
    name,
    remove: async () => {
      await tool('env', ...asRoot, 'rm', '-f', file);
    },
  };
}

const secret = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';

/** The module that asks for a one-time code, and shows it as it is typed. */
export async function oneTimeCodes(directory: string): Promise<string> {
  const file = join(directory, 'totp');
  await rm(file, { force: true });
  await writeFile(file, `${secret}\n" WINDOW_SIZE 17\n" TOTP_AUTH\n`, { mode: 0o600 });
  const user = userInfo().username;
  return `required pam_google_authenticator.so secret=${file} user=${user} no_strict_owner echo_verification_code`;
}

/** The module that asks for a password, which is given. */
export async function onePassword(directory: string, password: string): Promise<string> {
  const program = join(directory, 'check-password');
  // The password comes without a line end and with a NUL byte.
  await writeFile(program, `#!/bin/sh\n[ "$(tr -d '\\0')" = '${password}' ]\n`);
  await chmod(program, 0o755);
  return `required pam_exec.so quiet expose_authtok ${program}`;
}

/** The code of this moment. */
export function oneTimeCode(): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = Array.from(secret, (c) => alphabet.indexOf(c).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const hash = createHmac('sha1', key).update(step).digest();
  const number = hash.readUInt32BE((hash[19] ?? 0) & 15) & 0x7fff_ffff;
  return String(number % 1_000_000).padStart(6, '0');
}
