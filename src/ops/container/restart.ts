// restart: stops and starts the container as it is.
import { z } from 'zod';
import { hostOperation, type HostContext, type Plan } from '../operation.ts';
import { waitUntilHealthy } from './health.ts';
import { existing, findInstance } from './instance.ts';
import { checkPortFree } from './ports.ts';
import { presentStarted } from './present-service.ts';
import { describeService, type Service } from './service.ts';
import { stopGraceSeconds } from './spec.ts';

/** Restarts the service on each host. Settings that changed are applied by `start`, not by this. */
export const operation = hostOperation({
  name: 'restart',
  summary: 'Restart opencode and wait until it is healthy',
  description:
    'Stops the container and starts it again as it is. Changed settings are applied by "occ start".',
  examples: [
    { command: 'occ restart', explanation: 'on the default host' },
    { command: 'occ --host web-1 restart', explanation: 'on one host' },
  ],
  input: z.object({}),
  effect: 'change',
  plan: planRestart,
  present: presentStarted,
});

async function planRestart(context: HostContext): Promise<Plan<Service>> {
  const { host } = context;
  const instance = await findInstance(host);
  const { engine, name } = instance;
  const current = existing(instance, host.name);
  const running = current.state === 'running' || current.state === 'restarting';
  if (!running) await checkPortFree(context, name);
  const stop = {
    summary: `stop container ${name}`,
    apply: () => engine.stopContainer(name, stopGraceSeconds),
  };
  const start = { summary: `start container ${name}`, apply: () => engine.startContainer(name) };
  const wait = {
    summary: `wait until ${name} is healthy`,
    apply: () => waitUntilHealthy(context, name),
  };
  return {
    steps: running ? [stop, start, wait] : [start, wait],
    result: async () => describeService(context, await engine.inspectContainer(name)),
  };
}
