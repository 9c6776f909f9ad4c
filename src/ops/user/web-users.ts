// The in-container command for web users, as command values. Run them through `host.container(container_name)`.
import { Secret } from '../../secret.ts';
import { textOf, type Command, type CommandOutput } from '../../transport/command.ts';
import { usersCommand, usersExitCodes } from '../image/layout.ts';

/** Somebody who may log in to the web UI. */
export interface WebUser {
  readonly name: string;
  readonly enabled: boolean;
}

/** How a change of web users ended. Only `done` changed something. */
export type WebUserOutcome = 'done' | 'exists' | 'not-found' | 'bad-name' | 'bad-password';

/** What the container answered. */
export interface WebUserAnswer {
  readonly outcome: WebUserOutcome;
  /** What it said on stderr, for an error message; may be empty. */
  readonly reason: string;
}

const outcomes = new Map<number, WebUserOutcome>([
  [0, 'done'],
  [usersExitCodes.badName, 'bad-name'],
  [usersExitCodes.notFound, 'not-found'],
  [usersExitCodes.exists, 'exists'],
  [usersExitCodes.badPassword, 'bad-password'],
]);

/** Everybody who may log in, in the order of the container's answer. */
export function listWebUsers(): Command<readonly WebUser[]> {
  return {
    argv: [usersCommand, 'list'],
    purpose: 'list the users',
    parse: (output) => parseWebUsers(textOf(output)),
  };
}

/** Adds a user; an existing one keeps its password and answers `exists`. */
export function addWebUser(name: string, password: Secret): Command<WebUserAnswer> {
  return changeCommand('add', name, `add user ${name}`, password);
}

/** Sets the password of a user; a missing one answers `not-found`. */
export function setWebUserPassword(name: string, password: Secret): Command<WebUserAnswer> {
  return changeCommand('passwd', name, `change the password of user ${name}`, password);
}

/** Removes a user; a missing one answers `not-found`. */
export function removeWebUser(name: string): Command<WebUserAnswer> {
  return changeCommand('remove', name, `remove user ${name}`);
}

/**
 * Reads `NAME<TAB>enabled|disabled` lines.
 * @throws Error when a line has another form
 */
export function parseWebUsers(text: string): readonly WebUser[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [name, state, ...rest] = line.split('\t');
      const known = state === 'enabled' || state === 'disabled';
      if (!name || !known || rest.length > 0) {
        throw new Error(`${usersCommand} printed a line that is not a user: ${line}`);
      }
      return { name, enabled: state === 'enabled' };
    });
}

function changeCommand(
  verb: 'add' | 'passwd' | 'remove',
  name: string,
  purpose: string,
  password?: Secret,
): Command<WebUserAnswer> {
  return {
    argv: [usersCommand, verb, name],
    // The command reads one line, so the line end is part of what it is given.
    ...(password && { stdin: new Secret(`${password.reveal()}\n`) }),
    okCodes: [...outcomes.keys()],
    purpose,
    parse: parseAnswer,
  };
}

function parseAnswer(output: CommandOutput): WebUserAnswer {
  const outcome = outcomes.get(output.exitCode);
  if (outcome === undefined) throw new Error(`unexpected exit code ${output.exitCode}`);
  const said = output.stderr.toString('utf8').trim();
  return { outcome, reason: said.replace(`${usersCommand}: `, '') };
}
