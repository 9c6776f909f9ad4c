// host.remove: forgets a host. Touches nothing on it, so what is lost can be typed again: a change, not a destruction.
import { z } from 'zod';
import { UsageError } from '../../errors.ts';
import { inventoryOperation, type Plan } from '../operation.ts';
import type { View } from '../view.ts';
import { defaultHost, entryOf, localName, requireHost } from './known-host.ts';
import { addCommands, type HostEntry } from './new-host.ts';

/** The host that was forgotten. */
export interface HostRemoved {
  readonly name: string;
  /** What the inventory said of it. */
  readonly entry: HostEntry;
  /** True when it was the default host, which is `local` again now. */
  readonly wasDefault: boolean;
}

/** Removes a host from the inventory. */
export const operation = inventoryOperation({
  name: 'host.remove',
  summary: 'Forget a host; nothing on it changes',
  description:
    'Removes it from the inventory only. A container that runs there goes on running: ' +
    'stop it before with "occ --host NAME stop".',
  examples: [
    { command: 'occ --host web-1 stop', explanation: 'first, if its service should end' },
    { command: 'occ host remove web-1', explanation: 'then forget the host' },
  ],
  input: z.object({ name: z.string().describe('Name of the host') }),
  positionals: ['name'],
  effect: 'change',
  plan({ inventory }, { name }): Promise<Plan<HostRemoved>> {
    requireHost(inventory, name);
    const entry = entryOf(inventory, name);
    if (!entry) throw nothingToForget();
    const wasDefault = defaultHost(inventory) === name;
    const apply = async () => {
      await inventory.edit((edit) => {
        edit.removeHost(name);
        if (wasDefault) edit.setDefaultHost(undefined);
      });
    };
    return Promise.resolve({
      steps: [{ summary: `remove ${name} from ${inventory.file}`, apply }],
      result: () => Promise.resolve({ name, entry, wasDefault }),
    });
  },
  present: presentRemoved,
});

function nothingToForget(): UsageError {
  return new UsageError(`${localName} is this machine: it exists without being in the inventory`, {
    hint: `To end its service: occ --host ${localName} stop`,
  });
}

function presentRemoved(result: HostRemoved): readonly View[] {
  const { name, wasDefault } = result;
  const removed = wasDefault
    ? `Removed ${name}; the default host is ${localName} again`
    : `Removed ${name}`;
  if (name === localName) return [{ kind: 'text', text: `${removed}'s settings` }];
  const remark =
    'A container that runs there goes on running. To stop it, add the host again:\n' +
    [...addCommands(result), `occ --host ${name} stop`].join(' && ');
  return [
    { kind: 'text', text: removed },
    { kind: 'text', text: { text: remark, tone: 'dim' } },
  ];
}
