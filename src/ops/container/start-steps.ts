// The steps that bring the container up, and the way back when one of them fails.
import type { ContainerSpec } from '../../hosts/engine.ts';
import { certificateFiles } from '../image/extra-ca.ts';
import { extraCaDirectory } from '../image/layout.ts';
import { tarOf } from '../image/tar.ts';
import type { HostContext, Step } from '../operation.ts';
import type { Decision } from './decide.ts';
import { waitUntilHealthy } from './health.ts';
import type { Instance } from './instance.ts';
import { ownLabels, stopGraceSeconds } from './spec.ts';
import type { Undo } from './undo.ts';

/** What the steps work with. */
export interface StartJob {
  readonly context: HostContext;
  readonly instance: Instance;
  readonly spec: ContainerSpec;
  /** PEM text to put into a new container. */
  readonly extraCa: string | undefined;
  /** Told what to put back, step by step. */
  readonly undo: Undo;
}

/** Steps for a decision, after those that make the image. */
export function startSteps(job: StartJob, decision: Decision): readonly Step[] {
  const { name } = job.instance;
  const wait = {
    summary: `wait until ${name} is healthy`,
    apply: () => waitUntilHealthy(job.context, name),
  };
  switch (decision.kind) {
    case 'nothing':
      return clearAside(job);
    case 'wait':
      return [...clearAside(job), wait];
    case 'start':
      return [...clearAside(job), startStep(job, true), wait];
    case 'create':
      return [...clearAside(job), volumesStep(job), createStep(job), startStep(job), wait];
    case 'replace':
      return [
        ...clearAside(job),
        volumesStep(job),
        setAsideStep(job, decision.because),
        createStep(job),
        startStep(job),
        wait,
        removeAsideStep(job),
      ];
  }
}

/** A container that an interrupted start set aside: everything worth keeping is in the volumes. */
function clearAside({ instance }: StartJob): readonly Step[] {
  const { engine, aside, asideName } = instance;
  if (!aside) return [];
  return [
    {
      summary: `remove container ${asideName}, left by an interrupted start`,
      async apply() {
        await engine.stopContainer(asideName, stopGraceSeconds);
        await engine.removeContainer(asideName);
      },
    },
  ];
}

function volumesStep({ instance: { engine, name }, spec, undo }: StartJob): Step {
  return {
    summary: `make sure that the volumes ${name}-* exist`,
    async apply() {
      for (const { volume } of spec.volumes) {
        const created = await engine.ensureVolume(volume, ownLabels(name));
        if (created) undo.add(`remove volume ${volume}`, () => engine.removeVolume(volume));
      }
    },
  };
}

/** Stop first: opencode's database must have one writer. */
function setAsideStep(job: StartJob, because: string): Step {
  const { engine, name, asideName, current } = job.instance;
  const running = current?.state === 'running';
  return {
    summary: `stop container ${name} and set it aside, because ${because}`,
    async apply() {
      if (running) {
        job.undo.add(`start the previous container ${name}`, () => engine.startContainer(name));
      }
      await engine.stopContainer(name, stopGraceSeconds);
      await engine.renameContainer(name, asideName);
      job.undo.add(`put the previous container ${name} back`, () =>
        engine.renameContainer(asideName, name),
      );
    },
  };
}

function createStep(job: StartJob): Step {
  const { instance, spec, extraCa, undo } = job;
  const { engine, name } = instance;
  return {
    summary: `create container ${name} from ${spec.image}`,
    async apply() {
      await engine.createContainer(name, spec);
      undo.add(`remove container ${name}`, async () => {
        await engine.stopContainer(name, stopGraceSeconds);
        await engine.removeContainer(name);
      });
      if (extraCa === undefined) return;
      await engine.putArchive(name, extraCaDirectory, tarOf(certificateFiles(extraCa)));
    },
  };
}

function startStep({ instance: { engine, name }, undo }: StartJob, existed = false): Step {
  return {
    summary: `start container ${name}`,
    async apply() {
      if (existed) {
        const stop = () => engine.stopContainer(name, stopGraceSeconds);
        undo.add(`stop container ${name} again`, stop);
      }
      await engine.startContainer(name);
    },
  };
}

function removeAsideStep({ instance: { engine, asideName }, undo }: StartJob): Step {
  return {
    summary: `remove the previous container`,
    async apply() {
      // The new one is healthy: from here on there is nothing to go back to.
      undo.clear();
      await engine.removeContainer(asideName);
    },
  };
}
