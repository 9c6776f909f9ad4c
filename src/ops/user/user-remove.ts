// user.remove: somebody may no longer log in to the web UI.
import { z } from 'zod';
import { hostOperation, type HostResult, type Plan } from '../operation.ts';
import type { View } from '../view.ts';
import { changeUser, runInContainer } from './in-container.ts';
import { userNameField } from './user-name.ts';
import { listWebUsers, removeWebUser } from './web-users.ts';

/** What became of the user on one host. */
export interface UserRemoved {
  readonly user: string;
  /** False when there was no such user. */
  readonly removed: boolean;
}

/** Removes a user from each host's container. Sessions and projects belong to nobody and stay. */
export const operation = hostOperation({
  name: 'user.remove',
  summary: 'Stop somebody from logging in to the web UI',
  description: 'Removes the user and its password record. Sessions and projects stay.',
  examples: [
    { command: 'occ user remove alice', explanation: 'alice can no longer log in' },
    { command: 'occ --all user remove alice', explanation: 'the same on every host' },
  ],
  input: z.object({ name: userNameField.describe('Name of the user') }),
  positionals: ['name'],
  effect: 'change',
  async plan(context, { name }): Promise<Plan<UserRemoved>> {
    const users = await runInContainer(context, listWebUsers());
    const removed = users.some((user) => user.name === name);
    const apply = () => changeUser(context, name, removeWebUser(name));
    return {
      steps: removed ? [{ summary: `remove user ${name}`, apply }] : [],
      result: () => Promise.resolve({ user: name, removed }),
    };
  },
  present: presentRemoved,
});

function presentRemoved(results: readonly HostResult<UserRemoved>[]): readonly View[] {
  return results.map(({ host, value: { user, removed } }) => ({
    kind: 'text',
    text: removed
      ? `Removed user ${user} from ${host}`
      : `Nothing to do: ${host} has no user ${user}`,
  }));
}
