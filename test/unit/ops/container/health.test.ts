import { describe, expect, it } from 'vitest';
import { judge } from '../../../../src/ops/container/health.ts';
import { containerInfo } from './fixtures.ts';

describe('judge', () => {
  it('is patient while the service starts', () => {
    expect(judge(containerInfo({ health: 'starting' }), 0)).toBeUndefined();
  });

  it.each([
    [containerInfo(), 'healthy'],
    [containerInfo({ health: 'none' }), 'healthy'],
    [containerInfo({ health: 'unhealthy' }), 'is unhealthy'],
    [containerInfo({ state: 'exited', exitCode: 3 }), 'is exited, exit code 3'],
    [
      containerInfo({ state: 'restarting', exitCode: 1 }),
      'ended with exit code 1 and is being restarted',
    ],
    [
      containerInfo({ health: 'starting', restartCount: 1, exitCode: 1 }),
      'ended with exit code 1 and is being restarted',
    ],
    [undefined, 'has vanished'],
  ])('case %#', (container, verdict) => {
    expect(judge(container, 0)).toBe(verdict);
  });
});
