// user.list: who may log in to the web UI.
import { z } from 'zod';
import { hostOperation, type HostResult } from '../operation.ts';
import type { View } from '../view.ts';
import { readUsers } from './read-users.ts';
import type { WebUser } from './web-users.ts';

/** The users of one host. */
export interface UserList {
  readonly users: readonly WebUser[];
}

/** Lists the users in each host's container. */
export const operation = hostOperation({
  name: 'user.list',
  summary: 'List who may log in to the web UI',
  examples: [
    { command: 'occ user list', explanation: 'the users of the default host' },
    { command: 'occ --all user list --json', explanation: 'the users of every host, as JSON' },
  ],
  input: z.object({}),
  effect: 'read',
  async run(context): Promise<UserList> {
    return { users: await readUsers(context) };
  },
  present: presentUsers,
});

function presentUsers(results: readonly HostResult<UserList>[]): readonly View[] {
  const rows = results.flatMap(({ host, value }) =>
    value.users.map((user) => [
      host,
      user.name,
      user.enabled ? 'enabled' : { text: 'disabled', tone: 'dim' as const },
    ]),
  );
  const table: View = { kind: 'table', columns: ['host', 'user', 'state'], rows };
  const empty = results.filter(({ value }) => value.users.length === 0);
  const remarks = empty.map(({ host }): View => {
    const text = `${host} has no users. Add one: occ --host ${host} user add NAME`;
    return { kind: 'text', text: { text, tone: 'warn' } };
  });
  return rows.length > 0 ? [table, ...remarks] : remarks;
}
