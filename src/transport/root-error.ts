// Why nobody becomes root on a host, each with the way to mend it.
import { OccError, type ErrorDetails } from '../errors.ts';
import { sanitizeLine } from '../sanitize.ts';
import type { SudoProbe, SudoRefusal } from './sudo.ts';

/** `none`: no sudo. `no-password`: one is needed, and there is none. The others are sudo's own. */
export type RootReason = SudoRefusal | 'none' | 'no-password';

/** The login cannot become root on the host. */
export class RootError extends OccError {
  readonly reason: RootReason;

  constructor(reason: RootReason, message: string, details: ErrorDetails) {
    super(`root.${reason}`, message, details);
    this.reason = reason;
  }
}

/** The line that lets a user become root without being asked, for visudo(8). */
export function noPasswordLine(user: string): string {
  return `${user} ALL=(ALL) NOPASSWD: ALL`;
}

/** A {@link RootError} in the usual words. `said`: what sudo printed. */
export function rootError(
  reason: RootReason,
  host: string,
  { user }: Pick<SudoProbe, 'user'>,
  said = '',
): RootError {
  const [message, hint] = words(reason, user, sanitizeLine(said.trim()));
  return new RootError(reason, message, { host, hint });
}

function words(reason: RootReason, user: string, said: string): [message: string, hint: string] {
  const rule = `let it use sudo without a password, with this line in "sudo visudo": ${noPasswordLine(user)}`;
  switch (reason) {
    case 'none':
      return [`${user} is not root, and there is no sudo`, 'Install sudo there, or log in as root'];
    case 'no-password':
      return [
        `sudo asks ${user} for a password, and there is no terminal to type it at`,
        `Run the command in a terminal, or ${rule}`,
      ];
    case 'wrong-password':
      return [`sudo did not take the password of ${user}`, `Try again, or ${rule}`];
    case 'not-allowed':
      return [
        `${user} may not use sudo`,
        `Let somebody who is root there ${rule.replace('let it', `let ${user}`)}`,
      ];
    case 'tty':
      return [
        'sudo there wants a terminal (requiretty)',
        `Take it back with this line in "sudo visudo": Defaults:${user} !requiretty`,
      ];
    case 'failed':
      return [
        `sudo failed${said === '' ? '' : `: ${said}`}`,
        `See what it says to "ssh … sudo true", or ${rule}`,
      ];
  }
}
