// stop: stops the service; with --remove the container goes too. The volumes always stay.
import { z } from 'zod';
import { hostOperation, type HostContext, type HostResult, type Plan } from '../operation.ts';
import type { View } from '../view.ts';
import { findInstance, type Instance } from './instance.ts';
import { stopGraceSeconds, volumeNames } from './spec.ts';

const input = z.object({
  remove: z.boolean().default(false).describe('Remove the container as well; the volumes stay'),
});

/** What is left on one host. */
export interface Stopped {
  readonly container: string;
  readonly state: 'absent' | 'stopped';
  /** Volumes that hold sessions, projects, configuration and users. */
  readonly volumes: readonly string[];
}

/** Stops the service on each host. */
export const operation = hostOperation({
  name: 'stop',
  summary: 'Stop opencode',
  description:
    'The container stays stopped, also after the host reboots, until "occ start". Sessions, projects, ' +
    'configuration and users stay in their volumes, with --remove too.',
  examples: [
    { command: 'occ stop', explanation: 'on the default host' },
    {
      command: 'occ --host web-1 stop --remove',
      explanation: 'removes the container, keeps the data',
    },
  ],
  input,
  effect: 'change',
  plan: planStop,
  present: presentStopped,
});

async function planStop(
  context: HostContext,
  { remove }: z.infer<typeof input>,
): Promise<Plan<Stopped>> {
  const instance = await findInstance(context.host);
  const { current, name } = instance;
  const gone = remove || !current;
  return {
    steps: [...stopSteps(instance), ...(remove ? removeSteps(instance) : [])],
    result: () =>
      Promise.resolve({
        container: name,
        state: gone ? 'absent' : 'stopped',
        volumes: volumeNames(name),
      }),
  };
}

function stopSteps({ engine, current, name }: Instance) {
  const still = ['created', 'exited', 'dead'];
  if (!current || still.includes(current.state)) return [];
  return [
    {
      summary: `stop container ${name}`,
      apply: () => engine.stopContainer(name, stopGraceSeconds),
    },
  ];
}

function removeSteps({ engine, current, name, aside, asideName }: Instance) {
  const names = [...(current ? [name] : []), ...(aside ? [asideName] : [])];
  return names.map((each) => ({
    summary: `remove container ${each}; its volumes stay`,
    apply: () => engine.removeContainer(each),
  }));
}

function presentStopped(results: readonly HostResult<Stopped>[]): readonly View[] {
  return results.map((result) => ({ kind: 'text', text: sentence(result) }));
}

function sentence({ host, changed, value }: HostResult<Stopped>): string {
  const { container, state, volumes } = value;
  if (state === 'stopped') {
    return changed ? `Stopped ${container} on ${host}` : `${container} on ${host} is stopped`;
  }
  if (!changed) return `There is no container ${container} on ${host}`;
  return `Removed ${container} on ${host}. Its data stays in the volumes ${volumes.join(', ')}`;
}
