// Translates what ends a handshake into errors that say whether to wait, to use another program, or to look elsewhere.
import { ConnectError, OccError } from '../../errors.ts';
import { sanitizeLine } from '../../sanitize.ts';
import { codeOf } from '../../thrown.ts';
import type { Login } from '../login/ssh-auth.ts';
import { authError, loginGaveUp } from '../login/ssh-auth-errors.ts';
import { AddressError, socketError } from './ssh-errors.ts';
import type { ServerHello, ServerOffer } from './ssh-hello.ts';
import { describeAddress, describePlace, sshTrial, type SshPlace } from './ssh-place.ts';

/**
 * `dropped`: closed before a word, as a busy server does. `penalised`: the server does not take this client for a while.
 * `not-ssh`: something else answers. `protocol`: SSH 1, or broken. `kex`: no algorithm in common, which OpenSSH may have.
 */
export type HandshakeProblem = 'dropped' | 'penalised' | 'not-ssh' | 'protocol' | 'kex';

/** A server was reached, and no SSH connection came of it. */
export class HandshakeError extends ConnectError {
  readonly problem: HandshakeProblem;

  constructor(
    problem: HandshakeProblem,
    message: string,
    details: { host: string; hint: string; cause?: unknown },
  ) {
    super('handshake', message, details);
    this.problem = problem;
  }
}

/** What is known when a handshake fails. */
export interface HandshakeAccount {
  readonly place: SshPlace;
  readonly login: Login;
  readonly hello: Pick<ServerHello, 'ident' | 'preamble' | 'offer'>;
}

/** ssh2 adds the stage to its errors; a number as code is the server's reason to disconnect (RFC 4253, 11.1). */
interface SshError extends Error {
  readonly level?: string;
  readonly code?: string | number;
}

/** SSH_DISCONNECT_TOO_MANY_CONNECTIONS */
const tooManyConnections = 12;

/** What ended a handshake or a login. */
export function handshakeError(error: Error, account: HandshakeAccount): Error {
  if (error instanceof OccError) return error;
  const { place, login, hello } = account;
  const { level, code } = error as SshError;
  const cutOff = /too many authentication failures/i.test(error.message);
  if (level === 'client-authentication' || cutOff) {
    // The question what else it accepts counts for the server; that it ends there is no news about the keys.
    return authError(place, login, cutOff && !login.probed, error);
  }
  if (login.waiting) return loginGaveUp(place, login, error);
  if (level === 'client-socket' && typeof code === 'string' && code !== 'ECONNRESET') {
    return socketError(error, place);
  }
  const missing = /no matching (.+)$/.exec(error.message)?.[1];
  if (missing !== undefined) return nothingInCommon(missing, account, error);
  if (hello.ident === undefined) return noServer(account, error);
  return broken(account, error);
}

/** It closed, or said something else, before it had said that it is an SSH server. */
function noServer({ place, hello }: HandshakeAccount, cause: Error): HandshakeError {
  const said = hello.preamble;
  if (said === '' || /exceeded maxstartups/i.test(said)) return dropped(place, cause);
  if (/not allowed at this time/i.test(said)) return penalised(place, cause);
  const what = /^HTTP\/|^<(!doctype|html)/i.test(said) ? 'a web server' : 'no SSH server';
  const message = `${describePlace(place)} is ${what}; it says: ${said.slice(0, 200)}`;
  const hint = `Which port does sshd listen on? ${describeAddress(place)} is what is configured (ssh_port).`;
  return new HandshakeError('not-ssh', message, { host: place.host, hint, cause });
}

/** A busy server's answer, which is worth another attempt; undefined for any other failure. */
export function dropIn(error: unknown, place: SshPlace): HandshakeError | undefined {
  if (error instanceof HandshakeError) return error.problem === 'dropped' ? error : undefined;
  const wasReset = error instanceof AddressError && codeOf(error.cause) === 'ECONNRESET';
  return wasReset ? dropped(place, error) : undefined;
}

/** It closed the connection without a word. */
function dropped(place: SshPlace, cause?: unknown): HandshakeError {
  const message = `${describePlace(place)} closed the connection before the SSH handshake`;
  const hint = `Is ${describeAddress(place)} an SSH server? A busy one drops connections (MaxStartups in its sshd_config).`;
  return new HandshakeError('dropped', message, { host: place.host, hint, cause });
}

/** It sent what belongs behind the host key while that was still in question: no server that means well does. */
export function wentOnTooEarly(place: SshPlace): HandshakeError {
  const message = `${describePlace(place)} went on with the login before its host key was accepted`;
  const hint = 'Do not accept its key: somebody may be intercepting the connection.';
  return new HandshakeError('protocol', message, { host: place.host, hint });
}

function penalised(place: SshPlace, cause: Error): HandshakeError {
  const message = `${describePlace(place)} does not take connections from here at this time: too many logins from this address failed`;
  const hint = 'Wait a minute or two. The server decides by PerSourcePenalties in its sshd_config.';
  return new HandshakeError('penalised', message, { host: place.host, hint, cause });
}

/** It identified itself, and then something went wrong. */
function broken({ place, hello }: HandshakeAccount, cause: SshError): HandshakeError {
  const { host } = place;
  const who = describePlace(place);
  const ident = sanitizeLine(hello.ident ?? '').slice(0, 100);
  if (/^SSH-1\.(?!99)/.test(ident)) {
    const message = `${who} speaks version 1 of the SSH protocol only (${ident}), which is broken`;
    const hint = 'Install a current OpenSSH server there.';
    return new HandshakeError('protocol', message, { host, hint, cause });
  }
  if (cause.code === tooManyConnections) return dropped(place, cause);
  const why = sanitizeLine(cause.message).slice(0, 300);
  const message = `The SSH handshake with ${who} (${ident}) failed: ${why}`;
  const hint = `Compare: ${sshTrial(place)}`;
  return new HandshakeError('protocol', message, { host, hint, cause });
}

/** Which list of the server is meant, by ssh2's words for what did not match. */
const listOf: readonly [words: RegExp, name: string, list: keyof ServerOffer][] = [
  [/key exchange/, 'key exchange algorithm', 'kex'],
  [/host key/, 'host key algorithm', 'hostKey'],
  [/cipher/i, 'cipher', 'cipher'],
  [/MAC/, 'MAC', 'mac'],
];

function nothingInCommon(
  words: string,
  { place, hello }: HandshakeAccount,
  cause: Error,
): HandshakeError {
  const [, name = words, list] = listOf.find(([pattern]) => pattern.test(words)) ?? [];
  const offered = list === undefined ? undefined : hello.offer?.[list].join(', ');
  const theirs = offered === undefined ? '' : `: the server offers ${sanitizeLine(offered)}`;
  const message = `occ and ${describePlace(place)} have no ${name} in common${theirs}`;
  const hint = `OpenSSH may have one; see: ${sshTrial(place)}. Else update sshd there, or allow another one in its sshd_config.`;
  return new HandshakeError('kex', message, { host: place.host, hint, cause });
}
