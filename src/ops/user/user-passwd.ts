// user.passwd: a new password for somebody who may log in already.
import { z } from 'zod';
import { hostOperation, type HostResult, type Plan } from '../operation.ts';
import type { View } from '../view.ts';
import { changeUser, refusalOf, runInContainer } from './in-container.ts';
import { acquirePassword, passwordFields } from './new-password.ts';
import { passwordViews } from './password-views.ts';
import { userNameField } from './user-name.ts';
import { listWebUsers, setWebUserPassword } from './web-users.ts';

/** A password that was set on one host. */
export interface PasswordChanged {
  readonly user: string;
  /** Only when occ made it up. It is stored nowhere. */
  readonly password?: string;
}

/** Sets a user's password in each host's container. */
export const operation = hostOperation({
  name: 'user.passwd',
  summary: 'Change the password of a web UI user',
  description:
    'Asks for the password twice, once for all hosts. Who is logged in with the old password is asked again.',
  examples: [
    { command: 'occ user passwd alice', explanation: 'asks for the new password' },
    {
      command: 'occ --all user passwd alice --generate',
      explanation: 'one new password for every host, printed once',
    },
  ],
  input: z.object({
    name: userNameField.describe('Name of the user'),
    ...passwordFields,
  }),
  positionals: ['name'],
  effect: 'change',
  prepare: ({ prompter }, input) => acquirePassword(prompter, input.name, input),
  async plan(context, { name }, { password, generated }): Promise<Plan<PasswordChanged>> {
    const users = await runInContainer(context, listWebUsers());
    const missing = { outcome: 'not-found', reason: '' } as const;
    const known = users.some((user) => user.name === name);
    const refusal = known ? undefined : refusalOf(missing, name, context.host.name);
    if (refusal) throw refusal;
    const apply = () => changeUser(context, name, setWebUserPassword(name, password));
    return {
      steps: [{ summary: `change the password of user ${name}`, apply }],
      result: () =>
        Promise.resolve({ user: name, ...(generated && { password: password.reveal() }) }),
    };
  },
  present: presentChanged,
});

function presentChanged(results: readonly HostResult<PasswordChanged>[]): readonly View[] {
  const texts = results.map(({ host, value }): View => ({
    kind: 'text',
    text: `Changed the password of user ${value.user} on ${host}`,
  }));
  return [...texts, ...passwordViews(results.map(({ value }) => value))];
}
