// host.remove: forgets a host. Touches nothing on it, so what is lost can be typed again: a change, not a destruction.
import { z } from 'zod';
import { UsageError } from '../../errors.ts';
import { allHosts, defaultHost, localHost } from '../../hosts/local-host.ts';
import type { Inventory } from '../../hosts/inventory.ts';
import { didYouMean } from '../../suggest.ts';
import { inventoryOperation, type Plan } from '../operation.ts';
import type { View } from '../view.ts';
import { entryOf } from './known-host.ts';
import { addCommands, type HostEntry } from './new-host.ts';

/** The host that was forgotten. */
export interface HostRemoved {
  readonly name: string;
  /** False when the inventory has no such host. */
  readonly removed: boolean;
  /** What the inventory said of it; null when it did not know it. */
  readonly entry: HostEntry | null;
  /** True when it was the default host, which is `local` again now. */
  readonly wasDefault: boolean;
  /** `Did you mean …?`, when it was not there and others have a similar name. */
  readonly near?: string;
}

/** Removes a host from the inventory. */
export const operation = inventoryOperation({
  name: 'host.remove',
  summary: 'Forget a host; nothing on it changes',
  description:
    'Removes it from the inventory only. A container that runs there goes on running: ' +
    'stop it before with "occ --host NAME stop". A host that is not there is nothing to do.',
  examples: [
    { command: 'occ --host web-1 stop', explanation: 'first, if its service should end' },
    { command: 'occ host remove web-1', explanation: 'then forget the host' },
  ],
  input: z.object({ name: z.string().describe('Name of the host') }),
  positionals: ['name'],
  effect: 'change',
  plan(context, { name }): Promise<Plan<HostRemoved>> {
    const { inventory } = context;
    const entry = entryOf(inventory, name);
    if (!entry && name === localHost) throw nothingToForget();
    if (!entry) return Promise.resolve(alreadyForgotten(inventory, name));
    const wasDefault = defaultHost(inventory) === name;
    const apply = async () => {
      if (name !== localHost) await (await context.open(name).kept()).end();
      await inventory.edit((edit) => {
        edit.removeHost(name);
        if (wasDefault) edit.setDefaultHost(undefined);
      });
    };
    return Promise.resolve({
      steps: [{ summary: `remove ${name} from ${inventory.file}`, apply }],
      result: () => Promise.resolve({ name, removed: true, entry, wasDefault }),
    });
  },
  present: presentRemoved,
});

/** With a word about near names: whoever mistyped one must not believe that it is gone. */
function alreadyForgotten(inventory: Inventory, name: string): Plan<HostRemoved> {
  const near = didYouMean(name, allHosts(inventory));
  const result = {
    name,
    removed: false,
    entry: null,
    wasDefault: false,
    ...(near !== undefined && { near }),
  };
  return { steps: [], result: () => Promise.resolve(result) };
}

function nothingToForget(): UsageError {
  return new UsageError(`${localHost} is this machine: it exists without being in the inventory`, {
    hint: `To end its service: occ --host ${localHost} stop`,
  });
}

function presentRemoved(result: HostRemoved): readonly View[] {
  const { name, entry, wasDefault, near } = result;
  if (!entry) {
    const text = `Nothing to do: there is no host "${name}" in the inventory`;
    return [
      {
        kind: 'text',
        text: near === undefined ? text : { text: `${text}. ${near}`, tone: 'warn' },
      },
    ];
  }
  const removed = wasDefault
    ? `Removed ${name}; the default host is ${localHost} again`
    : `Removed ${name}`;
  if (name === localHost) return [{ kind: 'text', text: `${removed}'s settings` }];
  const remark =
    'A container that runs there goes on running. To stop it, add the host again:\n' +
    [...addCommands({ name, entry }), `occ --host ${name} stop`].join(' && ');
  return [
    { kind: 'text', text: removed },
    { kind: 'text', text: { text: remark, tone: 'dim' } },
  ];
}
