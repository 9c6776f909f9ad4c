// Which container operations act on: occ's own, and no other of that name.
import { describe, expect, test } from 'vitest';
import type { ContainerInfo, Engine } from '../../../../src/hosts/engine.ts';
import type { Host } from '../../../../src/hosts/host.ts';
import { builtInSettings } from '../../../../src/hosts/inventory-schema.ts';
import { findInstance, running } from '../../../../src/ops/container/instance.ts';
import { labels } from '../../../../src/ops/labels.ts';
import type { HostContext } from '../../../../src/ops/operation.ts';
import { runInContainer } from '../../../../src/ops/user/in-container.ts';
import { listWebUsers } from '../../../../src/ops/user/web-users.ts';
import { containerInfo } from './fixtures.ts';

const own = { [labels.instance]: 'opencode-cloud' };

/** A host whose engine knows these containers; a start in one fails, so a test sees that nothing was started. */
function hostWith(...containers: readonly ContainerInfo[]): Host {
  const engine: Partial<Engine> = {
    inspectContainer: (name) => Promise.resolve(containers.find((each) => each.name === name)),
  };
  const host: Partial<Host> = {
    name: 'web-1',
    settings: builtInSettings,
    engine: () => Promise.resolve(engine as Engine),
    container: (_name, { when } = {}) =>
      Promise.resolve({
        host: 'web-1',
        start: async () => {
          await when;
          throw new Error('a process was started');
        },
        dial: () => Promise.reject(new Error('a container was entered')),
        close: () => Promise.resolve(),
      }),
  };
  return host as Host;
}

async function findRunning(...containers: readonly ContainerInfo[]): Promise<ContainerInfo> {
  return running(await findInstance(hostWith(...containers)), 'web-1');
}

test('a running container of occ’s is found', async () => {
  const container = containerInfo({ labels: own });
  expect(await findRunning(container)).toBe(container);
});

describe.each([
  ['none', [], 'docker.not-found', /There is no container opencode-cloud/],
  [
    'one that does not run',
    [containerInfo({ labels: own, state: 'exited' })],
    'docker.conflict',
    /is not running: it is exited/,
  ],
  ['somebody else’s', [containerInfo()], 'docker.conflict', /was not made by occ/],
  [
    'somebody else’s under the name for the one set aside',
    [containerInfo({ labels: own }), containerInfo({ name: 'opencode-cloud-previous' })],
    'docker.conflict',
    /opencode-cloud-previous exists and was not made by occ/,
  ],
])('where there is %s', (_what, containers, code, message) => {
  test('it says so, and how to go on', async () => {
    const failure = findRunning(...containers);
    await expect(failure).rejects.toMatchObject({ code, host: 'web-1' });
    await expect(failure).rejects.toThrow(message);
    await expect(failure).rejects.toHaveProperty('hint', expect.stringContaining('--host web-1'));
  });

  test('no command for users runs in it', async () => {
    const context = {
      host: hostWith(...containers),
      signal: new AbortController().signal,
    } as HostContext;
    await expect(runInContainer(context, listWebUsers())).rejects.toMatchObject({ code });
  });
});

test('a command for users runs in a running one of occ’s', async () => {
  const host = hostWith(containerInfo({ labels: own }));
  const context = { host, signal: new AbortController().signal } as HostContext;
  await expect(runInContainer(context, listWebUsers())).rejects.toThrow('a process was started');
});
