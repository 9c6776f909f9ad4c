import { describe, expect, it } from 'vitest';
import { containerSpec, volumeNames } from '../../../../src/ops/container/spec.ts';
import { labels } from '../../../../src/ops/labels.ts';

const settings = { bind_address: '127.0.0.1', container_name: 'opencode-cloud', port: 3000 };

function hashOf(overrides: Partial<typeof settings> = {}, extraCa?: string): string | undefined {
  return containerSpec({ ...settings, ...overrides }, 'image:1', extraCa).labels[labels.specHash];
}

describe('containerSpec', () => {
  it('publishes the gateway only, where the settings say', () => {
    expect(containerSpec(settings, 'image:1').publish).toEqual([
      { hostAddress: '127.0.0.1', hostPort: 3000, containerPort: 8080 },
    ]);
  });

  it('keeps sessions, projects, configuration and users in volumes of its own name', () => {
    const spec = containerSpec({ ...settings, container_name: 'other' }, 'image:1');
    expect(spec.volumes.map(({ volume }) => volume)).toEqual(volumeNames('other'));
    expect(volumeNames('other')).toEqual([
      'other-data',
      'other-state',
      'other-config',
      'other-projects',
      'other-users',
    ]);
    expect(spec.labels[labels.instance]).toBe('other');
  });

  it('starts again with the engine, and has no secrets in its environment', () => {
    expect(containerSpec(settings, 'image:1')).toMatchObject({
      restartPolicy: 'unless-stopped',
      capabilities: ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'KILL', 'SETGID', 'SETUID'],
      env: {},
    });
  });

  it('makes a host name of any container name', () => {
    const spec = containerSpec({ ...settings, container_name: 'my_box.-' }, 'image:1');
    expect(spec.hostname).toBe('my-box');
  });

  it('has the same hash for the same settings, whatever the image', () => {
    expect(hashOf()).toBe(hashOf());
    expect(hashOf()).toBe(containerSpec(settings, 'image:2').labels[labels.specHash]);
  });

  it.each([
    ['port', hashOf({ port: 3001 })],
    ['bind_address', hashOf({ bind_address: '0.0.0.0' })],
    ['container_name', hashOf({ container_name: 'other' })],
    ['extra CA', hashOf({}, 'PEM')],
  ])('has another hash when %s changes', (_what, hash) => {
    expect(hash).not.toBe(hashOf());
  });
});
