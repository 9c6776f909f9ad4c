// What is said when a login fails: what was tried, what the server wants, what to do next.
import { ConnectError, type OccError } from '../../errors.ts';
import { shellWord } from '../../shell-word.ts';
import type { Login } from './ssh-auth.ts';
import { describePlace, sshCommand, type SshPlace } from '../ssh/ssh-place.ts';

/**
 * A login that failed.
 * @param tooMany - the server ended it because too much was tried
 */
export function authError(place: SshPlace, login: Login, tooMany: boolean, cause: Error): OccError {
  if (login.failure !== undefined) return login.failure;
  const message = `${describePlace(place)} ${whatHappened(login, tooMany)} (${account(login)})`;
  const hint = authHint(place, login, tooMany);
  return new ConnectError('auth', message, { host: place.host, hint, cause });
}

/** The server hung up while a person was asked. */
export function loginGaveUp(place: SshPlace, login: Login, cause: Error): ConnectError {
  const message = `${describePlace(place)} closed the connection before its question for the login as ${login.user} was answered`;
  const hint = 'Answer faster, or raise LoginGraceTime in its sshd_config.';
  return new ConnectError('auth', message, { host: place.host, hint, cause });
}

function whatHappened(login: Login, tooMany: boolean): string {
  const who = `the login as ${login.user}`;
  if (tooMany) return `stopped ${who} after too many keys`;
  if (login.passwordExpired) return `wants a new password before ${who}`;
  if (login.partial) return `wants more than ${login.tookKey ? 'a key' : 'one answer'} for ${who}`;
  return `refused ${who}`;
}

function account(login: Login): string {
  return [
    login.offered.length > 0 ? `offered: ${login.offered.join(', ')}` : 'no key to offer',
    ...(login.unusable.length > 0 ? [`not usable: ${login.unusable.join('; ')}`] : []),
    ...(login.needsOpenSsh.length > 0 ? [`for ssh only: ${login.needsOpenSsh.join('; ')}`] : []),
    ...(login.accepts.length > 0 ? [`the server accepts: ${login.accepts.join(', ')}`] : []),
  ].join('; ');
}

function authHint(place: SshPlace, login: Login, tooMany: boolean): string {
  const ssh = `ssh -p ${place.port} ${shellWord(`${login.user}@${place.hostname}`)}`;
  if (tooMany) {
    return 'Say which key to offer: set identity_file, or IdentityFile with IdentitiesOnly yes in your ssh configuration.';
  }
  if (login.passwordExpired) return `Change the password: ${ssh}`;
  const locked = login.lockedKeys[0];
  if (locked !== undefined) return `Unlock the key for occ: ssh-add ${shellWord(locked)}`;
  if (login.unanswered) {
    return 'The server asks questions that a person has to answer: run occ in a terminal.';
  }
  const fault = login.certificateFaults[0];
  if (fault !== undefined) return `${fault}: have a new one signed.`;
  if (place.jump !== undefined) return jumpHint(place, place.jump, login);
  if (mayAllowPassword(login)) return passwordHint(place, login);
  if (login.partial) {
    return `What the server wants next is switched off here, or occ cannot do it. Compare: ${ssh}`;
  }
  return installKey(place, login);
}

function installKey(place: SshPlace, { keyFiles, user }: Login): string {
  const key = keyFiles[0];
  const identity = key === undefined ? '' : ` -i ${shellWord(key)}`;
  return `Install your key there: ssh-copy-id${identity} -p ${place.port} ${shellWord(`${user}@${place.hostname}`)}`;
}

function mayAllowPassword({ accepts, passwordLogin }: Login): boolean {
  return accepts.includes('password') && !passwordLogin;
}

/** What the host allows holds on the whole way. */
function jumpHint(place: SshPlace, jump: string, login: Login): string {
  const allow = mayAllowPassword(login) ? ` — or, ${allowPassword(place)}` : '';
  return `A jump host uses your ssh configuration, not identity_file. Try it: ${sshCommand(jump)}${allow}`;
}

function allowPassword({ host }: SshPlace): string {
  return `to be asked for the password: occ --host ${shellWord(host)} config set password_login true`;
}

function passwordHint(place: SshPlace, login: Login): string {
  const allow = allowPassword(place);
  if (login.partial) return `The server wants the password as well; ${allow}`;
  return `${installKey(place, login)} — or, ${allow}`;
}
