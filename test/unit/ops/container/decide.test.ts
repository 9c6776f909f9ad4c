import { describe, expect, it } from 'vitest';
import type { ContainerInfo } from '../../../../src/hosts/engine.ts';
import { decide, type Wanted } from '../../../../src/ops/container/decide.ts';
import { containerSpec } from '../../../../src/ops/container/spec.ts';
import { containerInfo } from './fixtures.ts';

const settings = { bind_address: '127.0.0.1', container_name: 'opencode-cloud', port: 3000 };
const spec = containerSpec(settings, 'image:1');
const wanted: Wanted = { spec, imageId: 'sha256:aa', recreate: false };
const same = (overrides: Partial<ContainerInfo> = {}) =>
  containerInfo({ labels: spec.labels, ...overrides });

describe('decide', () => {
  it.each([
    ['creates what is missing', undefined, wanted, 'create'],
    ['leaves a healthy one alone', same(), wanted, 'nothing'],
    ['leaves one without a health check alone', same({ health: 'none' }), wanted, 'nothing'],
    ['starts a stopped one', same({ state: 'exited' }), wanted, 'start'],
    ['starts one that was never started', same({ state: 'created' }), wanted, 'start'],
    ['waits for one that is starting', same({ health: 'starting' }), wanted, 'wait'],
    ['waits for one that is unhealthy', same({ health: 'unhealthy' }), wanted, 'wait'],
    ['replaces one of another image', same({ imageId: 'sha256:bb' }), wanted, 'replace'],
    [
      'replaces it when the image is to be made',
      same(),
      { ...wanted, imageId: undefined },
      'replace',
    ],
    ['replaces one of other settings', containerInfo(), wanted, 'replace'],
    ['replaces a paused one', same({ state: 'paused' }), wanted, 'replace'],
    ['replaces one that restarts for ever', same({ state: 'restarting' }), wanted, 'replace'],
    ['replaces it when asked to', same(), { ...wanted, recreate: true }, 'replace'],
  ] as const)('%s', (_what, current, want, kind) => {
    expect(decide(current, want).kind).toBe(kind);
  });

  it('says why it replaces', () => {
    expect(decide(containerInfo(), wanted)).toEqual({
      kind: 'replace',
      because: 'its settings changed',
    });
  });
});
