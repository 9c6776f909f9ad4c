// How host.test goes through its checks. The checks themselves meet real hosts in test/e2e/hosts.test.ts.
import { expect, test } from 'vitest';
import { CancelledError, ConnectError } from '../../../../src/errors.ts';
import type { Host } from '../../../../src/hosts/host.ts';
import type { Check, Finding } from '../../../../src/ops/host/checks.ts';
import { operation, testHost } from '../../../../src/ops/host/host-test.ts';

const host = { name: 'web-1' } as Host;
const { signal } = new AbortController();

function check(name: string, needs: readonly string[], finding: Finding | Error): Check {
  const examine = () =>
    finding instanceof Error ? Promise.reject(finding) : Promise.resolve(finding);
  return { name, needs, examine };
}

test('a failed check is a step with its fix; what needs it is skipped, the rest goes on', async () => {
  const failure = new ConnectError('refused', 'Nobody listens', { hint: 'Start sshd' });
  const list = [
    check('a', [], failure),
    check('b', ['a'], { detail: 'unseen' }),
    check('c', ['b'], { detail: 'unseen' }),
    check('d', [], { detail: 'fine' }),
  ];
  const result = await testHost(host, list, signal);
  expect(result.ok).toBe(false);
  expect(operation.isFailure?.(result)).toBe(true);
  expect(result.steps).toMatchObject([
    {
      name: 'a',
      outcome: 'failed',
      code: 'connect.refused',
      detail: 'Nobody listens',
      fix: 'Start sshd',
    },
    { name: 'b', outcome: 'skipped', detail: 'needs a' },
    { name: 'c', outcome: 'skipped', detail: 'needs b' },
    { name: 'd', outcome: 'ok', detail: 'fine' },
  ]);
  const views = JSON.stringify(
    operation.present([{ host: 'web-1', changed: false, value: result }], {}),
  );
  expect(views).toContain('a: Start sshd');
});

test('a warning passes', async () => {
  const list = [
    check('a', [], { detail: 'little', fix: 'more' }),
    check('b', ['a'], { detail: 'x' }),
  ];
  const result = await testHost(host, list, signal);
  expect(result.ok).toBe(true);
  expect(result.steps.map(({ outcome }) => outcome)).toEqual(['warning', 'ok']);
});

test('a defect of occ is not a finding, and neither is Ctrl-C', async () => {
  await expect(testHost(host, [check('a', [], new TypeError('bug'))], signal)).rejects.toThrow(
    'bug',
  );
  const cancelled = check('a', [], new CancelledError());
  await expect(testHost(host, [cancelled], AbortSignal.abort())).rejects.toThrow(CancelledError);
});
