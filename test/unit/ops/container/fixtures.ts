// A container as the engine reports it, for tests of pure functions.
import type { ContainerInfo } from '../../../../src/hosts/engine.ts';

/** A healthy container; `overrides` make it another. */
export function containerInfo(overrides: Partial<ContainerInfo> = {}): ContainerInfo {
  return {
    id: 'c1',
    name: 'opencode-cloud',
    imageId: 'sha256:aa',
    imageRef: 'opencode-cloud:0.1.0',
    state: 'running',
    health: 'healthy',
    startedAt: '2026-11-23T12:00:00Z',
    exitCode: 0,
    restartCount: 0,
    labels: {},
    ports: [],
    mounts: [],
    ...overrides,
  };
}
