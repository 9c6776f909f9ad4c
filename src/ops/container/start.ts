// start: brings the service up, or to what the settings say now, and waits until it is healthy.
import { z } from 'zod';
import { planImage } from '../image/ensure-image.ts';
import { readExtraCa } from '../image/extra-ca.ts';
import { hostOperation, type HostContext, type Plan } from '../operation.ts';
import { decide } from './decide.ts';
import { findInstance, type Instance } from './instance.ts';
import { checkPortFree } from './ports.ts';
import { presentStarted } from './present-service.ts';
import { exposureWarning } from './service-address.ts';
import { describeService, type Service } from './service.ts';
import { containerSpec } from './spec.ts';
import { startSteps } from './start-steps.ts';
import { Undo } from './undo.ts';

const input = z.object({
  build: z.boolean().default(false).describe('Build the image again, even when it is current'),
  recreate: z
    .boolean()
    .default(false)
    .describe('Make a new container, even when nothing changed; volumes stay'),
});

/** Starts the service on each host. A healthy service that is as the settings say is left alone. */
export const operation = hostOperation({
  name: 'start',
  summary: 'Start opencode and wait until it is healthy',
  description:
    'Builds the image when the host lacks it, creates the volumes and the container, and waits for the health ' +
    'check. A container whose settings or image changed is replaced; when the new one does not become healthy, ' +
    'the old one is put back.',
  examples: [
    { command: 'occ start', explanation: 'on the default host' },
    { command: 'occ --host web-1,web-2 start', explanation: 'on two hosts, in parallel' },
    { command: 'occ --all start --dry-run', explanation: 'tells what would be done where' },
  ],
  input,
  effect: 'change',
  plan: planStart,
  present: presentStarted,
});

async function planStart(
  context: HostContext,
  { build, recreate }: z.infer<typeof input>,
): Promise<Plan<Service>> {
  const { host } = context;
  const instance = await findInstance(host);
  const [image, extraCa] = await Promise.all([
    planImage(context, { rebuild: build }),
    readExtraCa(host),
  ]);
  const spec = containerSpec(host.settings, image.imageRef, extraCa);
  const imageId = image.steps.length > 0 ? undefined : await imageIdOf(instance, image.imageRef);
  const decision = decide(instance.current, { spec, imageId, recreate });
  const starts = decision.kind !== 'wait' && decision.kind !== 'nothing';
  if (starts) await checkPortFree(context, instance.name);
  const undo = new Undo();
  const job = { context, instance, spec, extraCa, undo };
  return {
    steps: [...image.steps, ...startSteps(job, decision)],
    result: () => started(context),
    undo: () => undo.run(context),
  };
}

async function imageIdOf({ engine }: Instance, ref: string): Promise<string | undefined> {
  return (await engine.inspectImage(ref))?.id;
}

async function started(context: HostContext): Promise<Service> {
  const { host, emit } = context;
  const engine = await host.engine();
  const container = await engine.inspectContainer(host.settings.container_name);
  const service = await describeService(context, container);
  const tell = (level: 'info' | 'warning', message: string) =>
    emit({ type: 'notice', host: host.name, level, message });
  const exposure = exposureWarning(host.name, host.settings);
  if (exposure) tell('warning', exposure);
  if (service.users?.length === 0) {
    tell('info', `Nobody can log in yet. Add a user: occ --host ${host.name} user add NAME`);
  }
  return service;
}
