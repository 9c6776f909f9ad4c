// host.disconnect: ends the connections that stay open for the next command. Connects to nothing.
import { z } from 'zod';
import { UsageError } from '../../errors.ts';
import { localHost } from '../../hosts/local-host.ts';
import { inventoryOperation, type InventoryContext, type Plan, type Step } from '../operation.ts';
import type { View } from '../view.ts';
import { requireHost } from './known-host.ts';

/** What was ended. */
export interface HostDisconnected {
  /** Hosts that had connections, in the order in which they were named; empty when all were meant. */
  readonly hosts: readonly string[];
  /** Whether all were meant: also those to jump hosts, and to hosts that are in the inventory no more. */
  readonly all: boolean;
  readonly ended: number;
}

/** Ends kept connections. */
export const operation = inventoryOperation({
  name: 'host.disconnect',
  summary: 'End the SSH connections that are kept for the next command',
  description:
    'occ keeps a connection for as long as warm_connections says, so that the next command need not log in. End it where ' +
    'the next login must be a new one: after a change of groups, keys or addresses. What runs over it is cut off. ' +
    'Masters that you started with ssh yourself are left alone.',
  examples: [
    { command: 'occ host disconnect web-1', explanation: 'the next command logs in anew' },
    {
      command: 'occ host disconnect --all',
      explanation: 'all of them, also to jump hosts and hosts that were removed',
    },
  ],
  input: z.object({
    names: z.array(z.string()).default([]).describe('Names of hosts; default: those selected'),
  }),
  positionals: ['names'],
  effect: 'change',
  async plan(context, { names }): Promise<Plan<HostDisconnected>> {
    const hosts = hostsMeant(context, names);
    let ended = 0;
    const steps: Step[] = [];
    const found: string[] = [];
    for (const host of hosts ?? [localHost]) {
      const kept = await context.open(host).kept(hosts === undefined ? 'all' : undefined);
      if (kept.count === 0) continue;
      if (hosts !== undefined) found.push(host);
      const apply = async () => void (ended += await kept.end());
      steps.push({
        summary: `end ${connections(kept.count)} to ${hosts ? host : 'all hosts'}`,
        apply,
      });
    }
    const all = hosts === undefined;
    return { steps, result: () => Promise.resolve({ hosts: found, all, ended }) };
  },
  present: presentDisconnected,
});

/** Undefined: all, whatever they are to. */
function hostsMeant(
  { inventory, selected, explicitSelection }: InventoryContext,
  names: readonly string[],
): readonly string[] | undefined {
  for (const name of names) requireHost(inventory, name);
  if (names.length > 0) return names;
  if (!explicitSelection) {
    throw new UsageError('Say which connections to end', {
      hint: 'Those to one host: occ host disconnect NAME. All: occ host disconnect --all',
    });
  }
  // `--all` leaves this machine out, which has no connection.
  return inventory.hostNames.every((host) => selected.includes(host)) ? undefined : selected;
}

function connections(count: number): string {
  return count === 1 ? 'the connection that is kept' : `${count} connections that are kept`;
}

function presentDisconnected({ hosts, all, ended }: HostDisconnected): readonly View[] {
  if (ended === 0) return [{ kind: 'text', text: 'Nothing to do: no connection is kept' }];
  const many = ended === 1 ? '1 connection' : `${ended} connections`;
  const text = all ? `Ended ${many}` : `Ended ${many} to ${hosts.join(', ')}`;
  return [{ kind: 'text', text }];
}
