// user.add: lets somebody log in to the web UI.
import { z } from 'zod';
import { hostOperation, type HostResult, type Plan } from '../operation.ts';
import type { View } from '../view.ts';
import { changeUser, runInContainer } from './in-container.ts';
import { acquirePassword, passwordFields, type NewPassword } from './new-password.ts';
import { passwordViews } from './password-views.ts';
import { userNameField } from './user-name.ts';
import { addWebUser, listWebUsers } from './web-users.ts';

/** What became of the user on one host. */
export interface UserAdded {
  readonly user: string;
  /** False when the user existed already: then its password is as before. */
  readonly added: boolean;
  /** Only when occ made it up and it was set. It is stored nowhere. */
  readonly password?: string;
}

/** Adds a user to each host's container. An existing user keeps its password. */
export const operation = hostOperation({
  name: 'user.add',
  summary: 'Let somebody log in to the web UI',
  description:
    'Asks for the password twice, once for all hosts. A user that exists already is left as it is: ' +
    'change its password with "occ user passwd". Password records stay in a volume of the host.',
  examples: [
    { command: 'occ user add alice', explanation: 'asks for the password' },
    {
      command: 'occ --host web-1,web-2 user add alice --generate',
      explanation: 'makes one password up, for both hosts, and prints it once',
    },
    {
      command: 'occ user add ci --password-stdin < password.txt',
      explanation: 'for scripts: the password is the first line',
    },
  ],
  input: z.object({
    name: userNameField.describe('Name of the new user'),
    ...passwordFields,
  }),
  positionals: ['name'],
  effect: 'change',
  prepare: ({ prompter }, input) => acquirePassword(prompter, input.name, input),
  async plan(context, { name }, prepared): Promise<Plan<UserAdded>> {
    const users = await runInContainer(context, listWebUsers());
    if (users.some((user) => user.name === name)) {
      return { steps: [], result: () => Promise.resolve({ user: name, added: false }) };
    }
    const apply = () => changeUser(context, name, addWebUser(name, prepared.password));
    return {
      steps: [{ summary: `add user ${name}`, apply }],
      result: () => Promise.resolve(added(name, prepared)),
    };
  },
  present: presentAdded,
});

function added(user: string, { password, generated }: NewPassword): UserAdded {
  return { user, added: true, ...(generated && { password: password.reveal() }) };
}

function presentAdded(results: readonly HostResult<UserAdded>[]): readonly View[] {
  const texts = results.map(({ host, value: { user, added: isNew } }): View => {
    const known = `User ${user} exists on ${host} already; the password is unchanged. To change it: occ --host ${host} user passwd ${user}`;
    return { kind: 'text', text: isNew ? `Added user ${user} on ${host}` : known };
  });
  return [...texts, ...passwordViews(results.map(({ value }) => value))];
}
