// A connection that is lost while an operation runs: reads are repeated once, changes never.
import { z } from 'zod';
import { describe, expect, it } from 'vitest';
import { ConnectError, DockerError } from '../../../../src/errors.ts';
import { hostOperation, type HostContext } from '../../../../src/ops/operation.ts';
import { runOperation } from '../../../../src/ops/runner.ts';
import { testHost, testRequest } from './test-hosts.ts';

const lost = () => new ConnectError('lost', 'The SSH connection to a is lost', { host: 'a' });
const common = { summary: 'Look', examples: [], input: z.object({}), present: () => [] };

function reading(attempts: readonly ((context: HostContext) => Promise<string>)[]) {
  let done = 0;
  const operation = hostOperation({
    ...common,
    name: 'look',
    effect: 'read',
    run: (context) => (attempts[done++] ?? (() => Promise.reject(new Error('too often'))))(context),
  });
  return { operation, times: () => done };
}

describe('a read whose connection is lost', () => {
  it('is done again, once, on a host that is opened anew, and that is said', async () => {
    const { operation } = reading([() => Promise.reject(lost()), () => Promise.resolve('seen')]);
    const opened: string[] = [];
    const { request, watch } = testRequest(['a'], {
      openHost: (name) => {
        opened.push(name);
        return testHost(name, `ops-lost-${process.pid}`);
      },
    });
    const report = await runOperation(operation, request);
    expect(report.outcomes).toMatchObject([{ ok: true, value: { result: 'seen' } }]);
    expect(opened).toEqual(['a', 'a']);
    expect(watch.events).toMatchObject([{ type: 'notice', level: 'warning', host: 'a' }]);
  });

  it('is done again also when the loss is the cause of the failure', async () => {
    const cause = new DockerError('api', 'The engine did not answer', { cause: lost() });
    const { operation } = reading([() => Promise.reject(cause), () => Promise.resolve('seen')]);
    const report = await runOperation(operation, testRequest(['a']).request);
    expect(report.outcomes).toMatchObject([{ ok: true }]);
  });

  it('is not done a third time', async () => {
    const fail = () => Promise.reject(lost());
    const { operation, times } = reading([fail, fail]);
    const report = await runOperation(operation, testRequest(['a']).request);
    expect(report.outcomes).toMatchObject([{ ok: false, error: { code: 'connect.lost' } }]);
    expect(times()).toBe(2);
  });

  it('is not done again when lines were told already', async () => {
    const { operation, times } = reading([
      ({ emit }) => {
        emit({ type: 'line', host: 'a', stream: 'stdout', text: 'one' });
        return Promise.reject(lost());
      },
    ]);
    const report = await runOperation(operation, testRequest(['a']).request);
    expect(report.outcomes).toMatchObject([{ ok: false, error: { code: 'connect.lost' } }]);
    expect(times()).toBe(1);
  });

  it('is not done again when it was cancelled', async () => {
    const stop = new AbortController();
    const { operation, times } = reading([
      () => {
        stop.abort();
        return Promise.reject(lost());
      },
    ]);
    await runOperation(operation, testRequest(['a'], { signal: stop.signal }).request);
    expect(times()).toBe(1);
  });

  it('is not done again when it failed for another reason', async () => {
    const refused = new ConnectError('refused', 'refused', { host: 'a' });
    const { operation, times } = reading([() => Promise.reject(refused)]);
    await runOperation(operation, testRequest(['a']).request);
    expect(times()).toBe(1);
  });
});

describe('a change whose connection is lost', () => {
  const changing = (failAt: 'plan' | 'step', applied: string[]) =>
    hostOperation({
      ...common,
      name: 'set',
      effect: 'change',
      plan: () => {
        if (failAt === 'plan') return Promise.reject(lost());
        const step = (summary: string, apply: () => Promise<void>) => ({ summary, apply });
        return Promise.resolve({
          steps: [
            step('create volume', () => Promise.resolve(void applied.push('volume'))),
            step('create container', () => {
              applied.push('container');
              return Promise.reject(lost());
            }),
          ],
          result: () => Promise.resolve('done'),
        });
      },
    });

  it('is not done again, and says what is known and how to see the rest', async () => {
    const applied: string[] = [];
    const report = await runOperation(changing('step', applied), testRequest(['a']).request);
    expect(applied).toEqual(['volume', 'container']);
    const [outcome] = report.outcomes;
    expect(outcome).toMatchObject({ ok: false, step: 'create container', changed: true });
    const hint = outcome?.ok === false ? outcome.error.hint : '';
    expect(hint).toContain('“create container” may or may not have happened');
    expect(hint).toContain('The steps before it are done.');
    expect(hint).toContain('occ --host a status');
  });

  it('before its first step names the command that shows the state', async () => {
    const report = await runOperation(changing('plan', []), testRequest(['a']).request);
    const [outcome] = report.outcomes;
    expect(outcome).toMatchObject({ ok: false, changed: false, error: { code: 'connect.lost' } });
    expect(outcome?.ok === false && outcome.error.hint).toContain('occ --host a status');
  });
});
