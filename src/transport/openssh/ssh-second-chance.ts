// Whether OpenSSH's own client may get in where occ's own SSH did not, and what is told when it does not either.
import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { ConnectError } from '../../errors.ts';
import { codeOf } from '../../thrown.ts';
import { opensshVersion } from './openssh-version.ts';
import { HandshakeError } from '../ssh/ssh-handshake-error.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Milliseconds for a look at tickets on this machine. */
const klistMs = 2000;

/**
 * Why it is worth to try once more, in words; undefined when it is not.
 * @param reasons - what the login says that OpenSSH could do better
 */
export async function secondChance(
  error: unknown,
  reasons: readonly string[],
  env: Environment,
): Promise<string | undefined> {
  if (!(error instanceof ConnectError) || (await opensshVersion(env)) === undefined) {
    return undefined;
  }
  if (error instanceof HandshakeError) {
    return error.problem === 'kex' ? 'no algorithm in common with occ’s own SSH' : undefined;
  }
  if (error.reason !== 'auth') return undefined;
  const tickets = reasons.filter((reason) => reason.includes('gssapi'));
  const others = reasons.filter((reason) => !tickets.includes(reason));
  // Debian's ssh allows GSSAPI by default, so that most have no ticket at all.
  const worth = tickets.length > 0 && (await hasTicket(env)) ? reasons : others;
  return worth.length === 0 ? undefined : worth.join('; ');
}

/** The account of both attempts: what only one of them can say is kept. */
export function bothFailed(first: Error, second: unknown, why: string): unknown {
  if (!(first instanceof ConnectError && second instanceof ConnectError)) return second;
  if (first.reason !== second.reason) return second;
  const message = `${first.message}. OpenSSH’s own client (${why}) failed as well: ${second.message}`;
  return new ConnectError(first.reason, message, {
    host: first.host,
    hint: first.hint ?? second.hint,
    cause: second,
  });
}

/** Whether there is a Kerberos ticket, as `klist -s` says; without that program, whether there is a cache of them. */
async function hasTicket(env: Environment): Promise<boolean> {
  const code = await new Promise<number | string | undefined>((resolve) => {
    execFile('klist', ['-s'], { env, timeout: klistMs }, (error) => {
      resolve(error === null ? 0 : codeOf(error));
    });
  });
  if (code === 0) return true;
  if (code !== 'ENOENT') return false;
  if (env['KRB5CCNAME'] !== undefined) return true;
  return access(`/tmp/krb5cc_${userInfo().uid}`).then(
    () => true,
    () => false,
  );
}
