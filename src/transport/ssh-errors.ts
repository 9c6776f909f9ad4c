// Translates what net and ssh2 report while connecting into ConnectErrors that say what to do.
import { ConnectError, OccError, type ConnectReason } from '../errors.ts';
import { shellWord } from '../shell-word.ts';
import type { Login } from './ssh-auth.ts';
import { describeAddress, describePlace, sshCommand, type SshPlace } from './ssh-place.ts';

const reasonOfCode: Readonly<Record<string, ConnectReason>> = {
  ENOTFOUND: 'dns',
  EAI_AGAIN: 'dns',
  EAI_FAIL: 'dns',
  EAI_NODATA: 'dns',
  EAI_NONAME: 'dns',
  ECONNREFUSED: 'refused',
  ETIMEDOUT: 'timeout',
};

/** A TCP connection that did not come about. */
export function socketError(error: NodeJS.ErrnoException, place: SshPlace): ConnectError {
  const reason = reasonOfCode[error.code ?? ''] ?? 'unreachable';
  return unreachable(reason, error.message, place, error);
}

/** A server that was not reached, and what to look at. */
export function unreachable(
  reason: ConnectReason,
  why: string,
  place: SshPlace,
  cause?: unknown,
): ConnectError {
  const who = describePlace(place);
  const said: Partial<Record<ConnectReason, [message: string, hint: string]>> = {
    dns: [
      `The host name ${place.hostname} of ${who} does not resolve`,
      `Check the address: occ host show ${place.host}`,
    ],
    refused: [
      `${who} refused the connection`,
      `Is sshd running there, and is ${place.port} its port? (ssh_port)`,
    ],
    timeout: [
      `${who} did not answer`,
      'Check that the host is up and that no firewall drops the port.',
    ],
  };
  const [message, hint] = said[reason] ?? [
    `${who} cannot be reached: ${why}`,
    `Try it: ssh -v -p ${place.port} ${place.hostname}`,
  ];
  return new ConnectError(reason, message, { host: place.host, hint, cause });
}

/** ssh2 adds the stage to its errors; a number as code is the server's reason to disconnect (RFC 4253, 11.1). */
interface SshError extends Error {
  readonly level?: string;
  readonly code?: string | number;
}

/** What ended a handshake or a login. */
export function handshakeError(error: Error, place: SshPlace, login: Login): Error {
  if (error instanceof OccError) return error;
  const { level, code } = error as SshError;
  const cutOff = /too many authentication failures/i.test(error.message);
  if (level === 'client-authentication' || cutOff) {
    // The question what else it accepts counts for the server; that it ends there is no news about the keys.
    return authError(place, login, cutOff && !login.probed, error);
  }
  if (level === 'client-socket' && typeof code === 'string' && code !== 'ECONNRESET') {
    return socketError(error, place);
  }
  const dropped = code === 'ECONNRESET' || /lost before handshake/i.test(error.message);
  const message = dropped
    ? `${describePlace(place)} closed the connection before the SSH handshake`
    : `The SSH handshake with ${describePlace(place)} failed: ${error.message}`;
  const hint = dropped
    ? `Is ${describeAddress(place)} an SSH server? A busy one drops connections (MaxStartups in its sshd_config).`
    : `Compare: ssh -v -p ${place.port} ${place.hostname}`;
  return new ConnectError('handshake', message, { host: place.host, hint, cause: error });
}

function authError(place: SshPlace, login: Login, tooMany: boolean, cause: Error): ConnectError {
  const said = [
    login.offered.length > 0 ? `offered: ${login.offered.join(', ')}` : 'no key to offer',
    ...(login.unusable.length > 0 ? [`not usable: ${login.unusable.join('; ')}`] : []),
    ...(login.accepts.length > 0 ? [`the server accepts: ${login.accepts.join(', ')}`] : []),
  ].join('; ');
  const who = `the login as ${login.user}`;
  const message = tooMany
    ? `${describePlace(place)} stopped ${who} after too many keys (${said})`
    : login.partial
      ? `${describePlace(place)} wants more than a key for ${who} (${said})`
      : `${describePlace(place)} refused ${who} (${said})`;
  return new ConnectError('auth', message, {
    host: place.host,
    hint: authHint(place, login, tooMany),
    cause,
  });
}

function authHint(place: SshPlace, login: Login, tooMany: boolean): string {
  if (tooMany) {
    return 'Say which key to offer: set identity_file, or IdentityFile with IdentitiesOnly yes in your ssh configuration.';
  }
  if (login.partial)
    return 'occ logs in with a key alone: allow that for this account in sshd_config.';
  const locked = login.lockedKeys[0];
  if (locked !== undefined) return `Unlock the key for occ: ssh-add ${shellWord(locked)}`;
  if (place.jump !== undefined) {
    return `A jump host uses your ssh configuration, not identity_file. Try it: ${sshCommand(place.jump)}`;
  }
  const key = login.keyFiles[0];
  const identity = key === undefined ? '' : ` -i ${shellWord(key)}`;
  return `Install your key there: ssh-copy-id${identity} -p ${place.port} ${shellWord(`${login.user}@${place.hostname}`)}`;
}
