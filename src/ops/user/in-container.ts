// Runs the users' commands in the container of a host, and says plainly why that cannot be done.
import { OccError } from '../../errors.ts';
import type { Command } from '../../transport/command.ts';
import { run } from '../../transport/run.ts';
import { findInstance, running } from '../container/instance.ts';
import type { HostContext } from '../operation.ts';
import { userNameRule } from './user-name.ts';
import type { WebUserAnswer } from './web-users.ts';

/**
 * Runs a command as root in the host's container.
 * @throws DockerError `not-found` when there is no container, `conflict` when it is not running or not occ's
 */
export async function runInContainer<T>(context: HostContext, command: Command<T>): Promise<T> {
  const { host, signal } = context;
  const when = findInstance(host).then((instance) => running(instance, host.name));
  when.catch(() => undefined);
  const name = host.settings.container_name;
  return run(await host.container(name, { when }), command, { signal });
}

/**
 * Runs a command that changes a user.
 * @throws OccError `user.…` when the container refused
 */
export async function changeUser(
  context: HostContext,
  user: string,
  command: Command<WebUserAnswer>,
): Promise<void> {
  const answer = await runInContainer(context, command);
  const refusal = refusalOf(answer, user, context.host.name);
  if (refusal) throw refusal;
}

/** The error that an answer stands for; undefined when the container did what was asked. */
export function refusalOf(answer: WebUserAnswer, user: string, host: string): OccError | undefined {
  const reason = answer.reason === '' ? '' : `: ${answer.reason}`;
  const occ = `occ --host ${host} user`;
  switch (answer.outcome) {
    case 'done':
      return undefined;
    case 'exists':
      return new OccError('user.exists', `User ${user} exists already`, {
        host,
        hint: `Change the password with: ${occ} passwd ${user}`,
      });
    case 'not-found':
      return new OccError('user.not-found', `There is no user ${user}`, {
        host,
        hint: `Add it with: ${occ} add ${user}. Who there is: ${occ} list`,
      });
    case 'bad-name':
      return new OccError('user.bad-name', `${user} cannot be a user${reason}`, {
        host,
        hint: `Choose a name that the system does not use; ${userNameRule}`,
      });
    case 'bad-password':
      return new OccError('user.bad-password', `The password was not accepted${reason}`, {
        host,
        hint: 'Choose another one, or let occ make one up with --generate',
      });
  }
}
