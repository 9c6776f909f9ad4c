import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { CancelledError, DockerError, UsageError } from '../../../../src/errors.ts';
import {
  hostOperation,
  inventoryOperation,
  type Effect,
  type Step,
} from '../../../../src/ops/operation.ts';
import { runOperation } from '../../../../src/ops/runner.ts';
import { resultsOf } from '../../../../src/ops/run-report.ts';
import { testRequest } from './test-hosts.ts';

const common = { summary: 'x', examples: [], input: z.object({}), present: () => [] };

/** An operation whose steps are recorded; those named in `failing` fail. */
function recorder(effect: Effect, summaries: readonly string[], failing: readonly string[] = []) {
  const applied: string[] = [];
  const undone: string[] = [];
  const operation = hostOperation({
    ...common,
    name: 'thing.change',
    effect,
    plan({ host }) {
      const steps = summaries.map((summary): Step => ({
        summary,
        apply() {
          applied.push(`${host.name}: ${summary}`);
          const broken = failing.includes(summary);
          return broken ? Promise.reject(new DockerError('api', 'broken')) : Promise.resolve();
        },
      }));
      const undo = () => Promise.resolve(void undone.push(host.name));
      return Promise.resolve({ steps, result: () => Promise.resolve(`on ${host.name}`), undo });
    },
  });
  return { operation, applied, undone };
}

describe('a change', () => {
  it('applies the steps in order, tells each, and closes the host', async () => {
    const { operation, applied } = recorder('change', ['one', 'two']);
    const { request, watch } = testRequest(['a']);
    const report = await runOperation(operation, request);
    expect(applied).toEqual(['a: one', 'a: two']);
    expect(watch.events.map((event) => event.type === 'step' && event.state)).toEqual([
      'started',
      'done',
      'started',
      'done',
    ]);
    expect(resultsOf(report)).toEqual([{ host: 'a', changed: true, value: 'on a' }]);
    expect(watch.closed).toEqual(['a']);
  });

  it('calls an empty plan unchanged', async () => {
    const { operation } = recorder('change', []);
    const report = await runOperation(operation, testRequest(['a']).request);
    expect(resultsOf(report)).toEqual([{ host: 'a', changed: false, value: 'on a' }]);
  });

  it('changes nothing in a dry run and lists the steps', async () => {
    const { operation, applied } = recorder('change', ['one', 'two']);
    const report = await runOperation(operation, testRequest(['a', 'b'], { dryRun: true }).request);
    expect(applied).toEqual([]);
    expect(report.outcomes.map((outcome) => outcome.ok && outcome.value.plan)).toEqual([
      ['one', 'two'],
      ['one', 'two'],
    ]);
    expect(resultsOf(report)).toEqual([]);
  });

  it('stops at a step that fails, undoes, and says which it was', async () => {
    const { operation, applied, undone } = recorder('change', ['one', 'two', 'three'], ['two']);
    const { request, watch } = testRequest(['a']);
    const report = await runOperation(operation, request);
    expect(applied).toEqual(['a: one', 'a: two']);
    expect(undone).toEqual(['a']);
    expect(report.outcomes[0]).toMatchObject({
      ok: false,
      step: 'two',
      changed: true,
      error: { code: 'docker.api', host: 'a' },
    });
    expect(watch.events.at(-1)).toMatchObject({ type: 'step', state: 'failed', summary: 'two' });
  });

  it('is undone when it is cancelled between two steps', async () => {
    const controller = new AbortController();
    const { operation, undone, applied } = recorder('change', ['one', 'two']);
    const emit = () => controller.abort();
    const { request } = testRequest(['a'], { signal: controller.signal, emit });
    const report = await runOperation(operation, request);
    expect(applied).toEqual(['a: one']);
    expect(undone).toEqual(['a']);
    expect(report.interrupted).toBe(true);
    expect(report.outcomes[0]).toMatchObject({ ok: false, step: 'two', changed: true });
    expect(report.outcomes[0]?.ok === false && report.outcomes[0].error).toBeInstanceOf(
      CancelledError,
    );
  });
});

describe('a destruction', () => {
  it('asks once for all hosts, with every step', async () => {
    const { operation, applied } = recorder('destroy', ['erase']);
    const { request, watch } = testRequest(['a', 'b'], { answer: true });
    await runOperation(operation, request);
    expect(watch.questions).toHaveLength(1);
    expect(watch.questions[0]).toMatch(/a:\n {2}- erase\nb:\n {2}- erase/);
    expect([...applied].sort()).toEqual(['a: erase', 'b: erase']);
  });

  it('does nothing when the person declines', async () => {
    const { operation, applied } = recorder('destroy', ['erase']);
    const report = await runOperation(operation, testRequest(['a'], { answer: false }).request);
    expect(applied).toEqual([]);
    expect(report.declined).toBe(true);
  });

  it('does nothing when there is nobody to ask', async () => {
    const { operation, applied } = recorder('destroy', ['erase']);
    const running = runOperation(operation, testRequest(['a']).request);
    await expect(running).rejects.toThrow(UsageError);
    await expect(running).rejects.toMatchObject({
      hint: expect.stringContaining('--yes') as string,
    });
    expect(applied).toEqual([]);
  });

  it('does not ask with yes', async () => {
    const { operation, applied } = recorder('destroy', ['erase']);
    const { request, watch } = testRequest(['a'], { yes: true });
    await runOperation(operation, request);
    expect(watch.questions).toEqual([]);
    expect(applied).toEqual(['a: erase']);
  });

  it('leaves a host alone whose plan is no longer what was agreed to', async () => {
    let plans = 0;
    const applied: string[] = [];
    const operation = hostOperation({
      ...common,
      name: 'thing.erase',
      effect: 'destroy',
      plan() {
        plans += 1;
        const summary = `erase ${plans}`;
        const apply = () => Promise.resolve(void applied.push(summary));
        return Promise.resolve({
          steps: [{ summary, apply }],
          result: () => Promise.resolve(null),
        });
      },
    });
    const report = await runOperation(operation, testRequest(['a'], { answer: true }).request);
    expect(applied).toEqual([]);
    expect(report.outcomes[0]).toMatchObject({ ok: false, error: { code: 'conflict' } });
  });
});

describe('a read', () => {
  it('reports a result that the operation calls a failure', async () => {
    const operation = hostOperation({
      ...common,
      name: 'look',
      effect: 'read',
      run: ({ host }) => Promise.resolve({ well: host.name === 'a' }),
      isFailure: ({ well }) => !well,
    });
    const report = await runOperation(operation, testRequest(['a', 'b']).request);
    expect(report.outcomes.map((outcome) => outcome.ok && outcome.value.failed)).toEqual([
      false,
      true,
    ]);
  });

  it('prepares once for all hosts', async () => {
    let prepared = 0;
    const operation = hostOperation({
      ...common,
      name: 'look',
      effect: 'read',
      prepare: () => Promise.resolve((prepared += 1)),
      run: (_context, _input, count) => Promise.resolve(count),
    });
    const report = await runOperation(operation, testRequest(['a', 'b', 'c']).request);
    expect(resultsOf(report).map(({ value }) => value)).toEqual([1, 1, 1]);
  });
});

describe('an operation on the inventory', () => {
  it('closes the hosts that it opened, also after a failure', async () => {
    const operation = inventoryOperation({
      ...common,
      name: 'host.look',
      effect: 'read',
      run(context) {
        context.open('a');
        return Promise.reject(new UsageError('no'));
      },
    });
    const { request, watch } = testRequest([]);
    const report = await runOperation(operation, request);
    expect(watch.closed).toEqual(['a']);
    expect(report.outcomes).toMatchObject([{ host: '', ok: false, error: { code: 'usage' } }]);
    expect(report.outcomes[0]?.ok === false && report.outcomes[0].error.host).toBeUndefined();
  });

  it('asks before a destruction and does nothing when declined', async () => {
    let applied = false;
    const operation = inventoryOperation({
      ...common,
      name: 'host.remove',
      effect: 'destroy',
      plan: () =>
        Promise.resolve({
          steps: [
            {
              summary: 'forget a',
              apply: () => Promise.resolve(void (applied = true)),
            },
          ],
          result: () => Promise.resolve(null),
        }),
    });
    const { request, watch } = testRequest([], { answer: false });
    const report = await runOperation(operation, request);
    expect(watch.questions[0]).toContain('forget a');
    expect(report.declined).toBe(true);
    expect(applied).toBe(false);
  });
});
