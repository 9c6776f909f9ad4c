// How host.test goes through its checks. The checks themselves meet real hosts in test/e2e/host-test.test.ts.
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { CancelledError, ConnectError, DockerError } from '../../../../src/errors.ts';
import type { Host } from '../../../../src/hosts/host.ts';
import { checks } from '../../../../src/ops/host/checks.ts';
import { operation, testHost } from '../../../../src/ops/host/host-test.ts';
import type { Check, Examination, Finding } from '../../../../src/ops/host/test-step.ts';
import type { ConnectProgress, ConnectStage } from '../../../../src/transport/ssh/ssh-progress.ts';

const { signal } = new AbortController();

/** Connects as told, then fails with `error`, if there is one. */
function hostThat(stages: readonly ConnectProgress[] = [], error?: Error): Host {
  const connectAnew: Host['connectAnew'] = (observe) => {
    stages.forEach(observe);
    return error ? Promise.reject(error) : Promise.resolve({} as never);
  };
  return { name: 'web-1', connectAnew } as Host;
}

function passed(stage: ConnectStage, jump?: string, detail = stage as string): ConnectProgress {
  return { stage, detail, ms: 1.6, place: { host: 'web-1', jump, hostname: 'h', port: 22 } };
}

function allOf(jump?: string): ConnectProgress[] {
  const stages = ['config', 'resolve', 'tcp', 'banner', 'host-key', 'login'] as const;
  return stages.map((stage) => passed(stage, jump));
}

function check(
  name: string,
  needs: readonly string[],
  finding: Finding | Error | ((examination: Examination) => Promise<Finding>),
  more: Partial<Check> = {},
): Check {
  const examine = (examination: Examination) => {
    if (typeof finding === 'function') return finding(examination);
    return finding instanceof Error ? Promise.reject(finding) : Promise.resolve(finding);
  };
  return { name, needs, examine, ...more };
}

async function linesOf(host: Host, list: readonly Check[] = []): Promise<string[]> {
  const { steps } = await testHost(host, list, signal);
  return steps.map(({ jump, name, outcome }) => `${jump ? `${jump}: ` : ''}${name} ${outcome}`);
}

test('a failed check is a step with its fix; what needs it is skipped, the rest goes on', async () => {
  const failure = new ConnectError('refused', 'Nobody listens', { hint: 'Start sshd' });
  const list = [
    check('a', [], failure),
    check('b', ['a'], { detail: 'unseen' }),
    check('c', ['b'], { detail: 'unseen' }),
    check('d', [], { detail: 'fine' }),
  ];
  const result = await testHost(hostThat(), list, signal);
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
  const results = [{ host: 'web-1', changed: false, value: result }];
  const views = JSON.stringify(operation.present(results, { names: [] }));
  expect(views).toContain('a: Start sshd');
  expect(views).toContain('web-1: 1 of 4 ok, 1 failed, 2 skipped');
});

test('a warning passes', async () => {
  const list = [
    check('a', [], { detail: 'little', fix: 'more' }),
    check('b', ['a'], { detail: 'x' }),
  ];
  const result = await testHost(hostThat(), list, signal);
  expect(result.ok).toBe(true);
  expect(result.steps.map(({ outcome }) => outcome)).toEqual(['warning', 'ok']);
});

test('a defect of occ is not a finding, and neither is Ctrl-C', async () => {
  const bug = [check('a', [], new TypeError('bug'))];
  await expect(testHost(hostThat(), bug, signal)).rejects.toThrow('bug');
  await expect(testHost(hostThat([], new TypeError('bug')), [], signal)).rejects.toThrow('bug');
  const cancelled = [check('a', [], new CancelledError())];
  await expect(testHost(hostThat(), cancelled, AbortSignal.abort())).rejects.toThrow(
    CancelledError,
  );
  const stopped = testHost(hostThat([], new CancelledError()), [], signal);
  await expect(stopped).rejects.toThrow(CancelledError);
});

test('checks are made side by side, as many as one of them found possible, and shown in their order', async () => {
  let running = 0;
  let most = 0;
  const busy = async (): Promise<Finding> => {
    most = Math.max(most, (running += 1));
    await delay(5);
    running -= 1;
    return { detail: 'done' };
  };
  const free = ['a', 'b', 'c'].map((name) => check(name, [], busy));
  await testHost(hostThat(), free, signal);
  expect(most).toBe(3);
  most = 0;
  const late = (name: string) => check(name, [], busy, { after: ['limit'] });
  const limit = check('limit', [], { detail: 'one', atOnce: 1 });
  const result = await testHost(hostThat(), [late('x'), late('y'), limit, late('z')], signal);
  expect(most).toBe(1);
  expect(result.steps.map(({ name }) => name)).toEqual(['x', 'y', 'limit', 'z']);
});

test('a check sees what it comes after, however that ended, and the stages of connecting', async () => {
  const see = check(
    'see',
    [],
    ({ found }) =>
      Promise.resolve({ detail: `${found('docker')?.code} ${found('banner')?.detail}` }),
    { after: ['docker'] },
  );
  const docker = check('docker', [], new DockerError('permission', 'no'));
  const host = hostThat([...allOf('bastion'), passed('banner', undefined, 'SSH-2.0-x')]);
  const { steps } = await testHost(host, [see, docker], signal);
  expect(steps.find(({ name }) => name === 'see')?.detail).toBe('docker.permission SSH-2.0-x');
});

test('checks of the SSH server are left out where there is none', async () => {
  const list = [
    check('sessions', [], { detail: 'x' }, { sshOnly: true }),
    check('shell', [], { detail: 'x' }, { after: ['sessions'] }),
  ];
  expect(await linesOf(hostThat(), list)).toEqual(['shell ok']);
  expect(await linesOf(hostThat([passed('login')]), list)).toEqual([
    'connection ok',
    'sessions ok',
    'shell ok',
  ]);
});

test('each stage of each server is a step; a jump host is named', async () => {
  const told = [passed('config'), ...allOf('bastion'), ...allOf().slice(2)];
  expect(await linesOf(hostThat(told))).toEqual([
    'config ok',
    'bastion: config ok',
    'bastion: resolve ok',
    'bastion: tcp ok',
    'bastion: banner ok',
    'bastion: host key ok',
    'bastion: authentication ok',
    'tcp ok',
    'banner ok',
    'host key ok',
    'authentication ok',
  ]);
});

test.each([
  ['the inventory’s address', [], new ConnectError('config', ''), 'config'],
  ['a name', ['config'], new ConnectError('dns', ''), 'resolve'],
  ['a port', ['config', 'resolve'], new ConnectError('refused', ''), 'tcp'],
  ['a silent server', ['config', 'resolve', 'tcp'], new ConnectError('timeout', ''), 'banner'],
  [
    'a key',
    ['config', 'resolve', 'tcp', 'banner'],
    new ConnectError('host-key-unknown', ''),
    'host key',
  ],
  [
    'a login',
    ['config', 'resolve', 'tcp', 'banner', 'host-key'],
    new ConnectError('auth', ''),
    'authentication',
  ],
  ['ssh itself: a port', ['config'], new ConnectError('refused', ''), 'tcp'],
  ['ssh itself: a key', ['config'], new ConnectError('host-key-changed', ''), 'host key'],
  ['ssh itself: a login', ['config'], new ConnectError('auth', ''), 'authentication'],
  ['no ssh to ask', ['config'], new ConnectError('config', ''), 'connection'],
] as const)(
  'what failed is the stage that was not passed: %s',
  async (_what, told, error, name) => {
    const host = hostThat(
      told.map((stage) => passed(stage)),
      error,
    );
    const { steps, ok } = await testHost(host, [check('shell', [], { detail: '' })], signal);
    expect(ok).toBe(false);
    const failed = steps.filter(({ outcome }) => outcome === 'failed');
    expect(failed).toMatchObject([{ name, code: error.code }]);
    expect(steps.at(-1)).toMatchObject({
      name: 'shell',
      outcome: 'skipped',
      detail: `needs ${name}`,
    });
  },
);

test('a failure at a jump host names it, and skips the host behind it', async () => {
  const told = [passed('config'), passed('config', 'b'), passed('resolve', 'b')];
  const refused = new ConnectError('refused', 'no', { hint: 'Is sshd running there?' });
  const { steps } = await testHost(hostThat(told, refused), [], signal);
  const failed = steps.find(({ outcome }) => outcome === 'failed');
  expect(failed).toMatchObject({ jump: 'b', name: 'tcp', code: 'connect.refused' });
  expect(failed?.fix).toMatch(/^Is sshd running there\? .*systemctl enable --now ssh/);
  expect(await linesOf(hostThat(told, refused))).toEqual([
    'config ok',
    'b: config ok',
    'b: resolve ok',
    'b: tcp failed',
    'b: banner skipped',
    'b: host key skipped',
    'b: authentication skipped',
    'tcp skipped',
    'banner skipped',
    'host key skipped',
    'authentication skipped',
  ]);
});

test('behind a jump host that let us in, it is the host that failed', async () => {
  const told = [passed('config'), ...allOf('b')];
  const host = hostThat(told, new ConnectError('unreachable', 'b does not forward'));
  const { steps } = await testHost(host, [], signal);
  const failed = steps.find(({ outcome }) => outcome === 'failed');
  expect(failed).toMatchObject({ name: 'tcp', detail: 'b does not forward' });
  expect(failed?.jump).toBeUndefined();
});

test('a login by ssh itself is one step that says so', async () => {
  const told = [passed('config'), passed('login', undefined, 'ops by ssh itself: GSSAPI')];
  const { steps } = await testHost(hostThat(told), [], signal);
  expect(steps.at(-1)).toMatchObject({
    name: 'connection',
    ms: 2,
    detail: 'ops by ssh itself: GSSAPI (resolve to authentication in one step)',
  });
});

test('a server that dropped connections is told with the attempt that it took', async () => {
  const dropped = [passed('config'), passed('resolve'), passed('tcp')];
  const told = [...dropped, passed('resolve'), passed('tcp'), ...allOf().slice(1)];
  const { steps } = await testHost(hostThat(told), [], signal);
  expect(steps.map(({ name }) => name)).toEqual([
    ...['config', 'resolve', 'tcp', 'banner', 'host key', 'authentication'],
  ]);
  expect(steps[1]?.detail).toBe('resolve, at attempt 3');
});

test('the checks need and follow checks that exist', () => {
  const names = checks.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  const meant = checks.flatMap(({ needs, after = [] }) => [...needs, ...after]);
  expect(names).toEqual(expect.arrayContaining(meant));
});
