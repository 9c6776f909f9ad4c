// host.provision: installs a Docker Engine on a host with the commands of its distribution, which are shown before.
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { DockerError } from '../../errors.ts';
import type { EngineVersion } from '../../hosts/engine.ts';
import type { Host } from '../../hosts/host.ts';
import { shellWord } from '../../shell-word.ts';
import { rootError } from '../../transport/root-error.ts';
import { run } from '../../transport/run.ts';
import {
  hostOperation,
  type HostContext,
  type HostResult,
  type Plan,
  type Step,
} from '../operation.ts';
import type { View } from '../view.ts';
import { readMachine, type Machine } from './host-provision-machine.ts';
import { recipeFor, type RootCommand } from './host-provision-recipes.ts';
import { runAsRoot } from './host-provision-run.ts';

/** What a host has after it was provisioned. */
export interface HostProvisioned {
  /** `Debian GNU/Linux 12 (bookworm)` */
  readonly os: string;
  /** Version of the Docker Engine. */
  readonly docker: string;
  readonly user: string;
  /** Whether the user was added to group docker: only new logins have it. */
  readonly addedToGroup: boolean;
}

const input = z.object({
  add_user: z
    .boolean()
    .default(false)
    .describe('Add the login to group docker, which gives it the rights of root'),
  docker_repository: z
    .boolean()
    .default(false)
    .describe(
      'RHEL, Rocky, AlmaLinux, CentOS: add the package repository of Docker, Inc., because they have no engine themselves',
    ),
});

type Input = z.infer<typeof input>;

/** Milliseconds that an engine which was just started has until it answers. */
const startMs = 30_000;

/** Installs a Docker Engine on each selected host that has none. */
export const operation = hostOperation({
  name: 'host.provision',
  summary: 'Install a Docker Engine on a host',
  description:
    'Installs the engine of the distribution (Debian, Ubuntu, Fedora, RHEL and its kin, Alpine, Arch), starts it now and at ' +
    'every boot, and asks it for its version. The commands are shown, and done after a yes. They run as root: by sudo or ' +
    'doas where the login is not root. An engine that answers is nothing to do. Only Debian has been tried on real machines; ' +
    'the commands for the others follow their documentation.',
  examples: [
    { command: 'occ --host web-1 host provision --dry-run', explanation: 'show the commands' },
    {
      command: 'occ --host web-1 host provision --add-user',
      explanation: 'and let the login use Docker without sudo',
    },
    { command: 'occ --host web-1 host provision --yes', explanation: 'without asking' },
  ],
  input,
  effect: 'change',
  asksFirst: true,
  plan,
  present: presentProvisioned,
});

async function plan(context: HostContext, given: Input): Promise<Plan<HostProvisioned>> {
  const { host, signal } = context;
  const machine = await run(await host.transport(), readMachine(), { signal });
  const there = await engineThere(host, given);
  const recipe = recipeFor(machine, host.name, { dockerRepository: given.docker_repository });
  const adds = given.add_user && machine.uid !== 0 && !machine.groups.includes('docker');
  const commands = [
    ...(there === undefined ? [...recipe.install, ...recipe.start] : []),
    ...(adds ? [recipe.addUser(machine.user)] : []),
  ];
  const done = (docker: string): HostProvisioned => ({
    os: machine.release.name,
    docker,
    user: machine.user,
    addedToGroup: adds,
  });
  if (commands.length === 0) {
    return { steps: [], result: async () => done((await (await host.engine()).version()).version) };
  }
  const steps = await stepsOf(commands, machine, context);
  let version: EngineVersion | undefined;
  const verify: Step = {
    summary: 'ask the Docker Engine for its version',
    apply: async () => {
      version = await answerOf(host, signal);
    },
  };
  return {
    steps: [...steps, verify],
    result: async () => {
      // A kept connection is an old login, which has not got the group. Nothing more goes over it than the lock's release.
      if (adds) await (await host.kept()).end();
      return done(version?.version ?? '');
    },
  };
}

/**
 * How the engine answers; undefined when there is none yet.
 * @throws DockerError when one is there that the user may not use, or that is too old
 */
async function engineThere(
  host: Host,
  { add_user }: Input,
): Promise<'usable' | 'closed' | undefined> {
  try {
    await host.engine();
    return 'usable';
  } catch (error) {
    if (!(error instanceof DockerError)) throw error;
    if (error.reason === 'absent' || error.reason === 'not-running') return undefined;
    if (error.reason === 'permission' && add_user) return 'closed';
    throw error;
  }
}

/** @throws RootError when it is clear already that nobody becomes root */
async function stepsOf(
  commands: readonly RootCommand[],
  machine: Machine,
  { host, emit, signal }: HostContext,
): Promise<readonly Step[]> {
  const root = await host.asRoot();
  const probe = await root.probe({ signal });
  const { state } = probe;
  if (state === 'none' || state === 'tty') throw rootError(state, host.name, probe);
  if (state === 'refused') throw rootError('not-allowed', host.name, probe);
  const program = state === 'doas' ? ['doas'] : ['sudo'];
  const prefix = machine.uid === 0 ? [] : program;
  return commands.map((argv) => {
    const summary = [...prefix, ...argv].map(shellWord).join(' ');
    return { summary, apply: () => runAsRoot(argv, summary, { root, emit, signal }) };
  });
}

/** A service manager may say that it is started a moment before it answers. */
async function answerOf(host: Host, signal: AbortSignal): Promise<EngineVersion> {
  for (const until = Date.now() + startMs; ;) {
    try {
      return await (await host.engine()).version();
    } catch (error) {
      const early =
        error instanceof DockerError && ['absent', 'not-running'].includes(error.reason);
      if (!early || Date.now() > until) throw error;
    }
    await delay(500, undefined, { signal });
  }
}

function presentProvisioned(results: readonly HostResult<HostProvisioned>[]): readonly View[] {
  return results.map(({ host, changed, value }): View => {
    const { os, docker, user, addedToGroup } = value;
    if (!changed)
      return { kind: 'text', text: `${host}: nothing to do, Docker Engine ${docker} answers` };
    const group = addedToGroup ? `\n${user} is in group docker from the next login on` : '';
    return { kind: 'text', text: `${host}: Docker Engine ${docker} answers on ${os}${group}` };
  });
}
