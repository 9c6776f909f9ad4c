// Reports → what a person reads on standard output and on standard error.
import { expect, test } from 'vitest';
import { z } from 'zod';
import { painter } from '../../../src/cli/paint.ts';
import { renderRemarks, renderResults } from '../../../src/cli/render-report.ts';
import { CancelledError, DockerError } from '../../../src/errors.ts';
import { hostOperation, inventoryOperation } from '../../../src/ops/operation.ts';
import type { RunReport } from '../../../src/ops/run-report.ts';
import { report } from './report-fixture.ts';

const operation = hostOperation({
  name: 'start',
  summary: 'Start',
  examples: [],
  input: z.object({}),
  effect: 'change',
  plan: () => Promise.resolve({ steps: [], result: () => Promise.resolve('up') }),
  present: (results) =>
    results.map(({ host, value }) => ({ kind: 'text', text: `${host} ${value}` })),
});
const style = { paint: painter(false), verbose: false, width: undefined };
const up = (host: string, plan: string[]): RunReport['outcomes'][number] => ({
  host,
  ok: true,
  value: { changed: plan.length > 0, plan, result: 'up', failed: false },
});

test('results are presented, idle hosts and failures are remarked', () => {
  const error = new DockerError('api', 'It failed: why', { host: 'c', hint: 'do' });
  const told = report({
    outcomes: [
      up('a', ['create container']),
      up('b', []),
      { host: 'c', ok: false, error, changed: true, step: 'create container' },
    ],
  });
  expect(renderResults(operation, told, {}, style)).toBe('a up\n\nb up\n');
  expect(renderRemarks(told, style, false)).toBe(
    'b: nothing to do\nerror: It failed, on c: why\nhint: do\nnote: steps before "create container" were done on c\n',
  );
  expect(renderRemarks(told, style, true)).not.toContain('nothing to do');
});

test('a step that holds a host’s words cannot steer the terminal', () => {
  const error = new DockerError('api', 'no', { host: 'c' });
  const step = 'remove it, because it is \u001B[2Jdead\nerror: mine';
  const told = report({ outcomes: [{ host: 'c', ok: false, error, changed: true, step }] });
  expect(renderRemarks(told, style, false)).toBe(
    'error: no, on c\nnote: steps before "remove it, because it is dead error: mine" were done on c\n',
  );
});

test('a dry run shows the plan and no results', () => {
  const told = report({
    dryRun: true,
    outcomes: [up('a', ['create container', 'start it']), up('b', [])],
  });
  expect(renderResults(operation, told, {}, style)).toBe(
    'a: would\n  - create container\n  - start it\n\nb: nothing to do\n',
  );
  expect(renderRemarks(told, style, false)).toBe('');
});

test('a refusal shows nothing as done', () => {
  const told = report({ declined: true, outcomes: [up('a', ['remove'])] });
  expect(renderResults(operation, told, {}, style)).toBe('');
  expect(renderRemarks(told, style, false)).toBe('Nothing was changed.\n');
});

test('an interruption says what is finished and what is not', () => {
  const cancelled = { host: 'b', ok: false, error: new CancelledError(), changed: false } as const;
  const told = report({ interrupted: true, outcomes: [up('a', ['x']), cancelled] });
  expect(renderRemarks(told, style, false)).toBe(
    'Interrupted: finished: a; not finished: b\nhint: The same command finishes the rest\n',
  );
  const half = report({
    interrupted: true,
    outcomes: [{ ...cancelled, changed: true, step: 'start' }],
  });
  expect(renderRemarks(half, style, false)).toBe(
    'error: Cancelled\nnote: steps before "start" were done on b\n' +
      'Interrupted: no host is finished; not finished: b\nhint: The same command finishes the rest\n',
  );
  expect(
    renderRemarks(
      report({ interrupted: true, effect: 'read', outcomes: [cancelled] }),
      style,
      false,
    ),
  ).toBe('');
});

test('an interrupted operation on the inventory says that it is not finished', () => {
  const outcomes: RunReport['outcomes'] = [
    { host: '', ok: false, error: new CancelledError(), changed: false },
  ];
  const told = report({ scope: 'inventory', interrupted: true, outcomes });
  expect(renderRemarks(told, style, false)).toBe('Interrupted before it was finished\n');
});

test('an operation on the inventory presents its one value', () => {
  const one = inventoryOperation({
    name: 'config.get',
    summary: 'Get',
    examples: [],
    input: z.object({}),
    effect: 'read',
    run: () => Promise.resolve(1),
    present: (value) => [{ kind: 'text', text: `value ${value}` }],
  });
  const outcomes: RunReport['outcomes'] = [
    { host: '', ok: true, value: { changed: false, result: 7, failed: false } },
  ];
  const told = report({ scope: 'inventory', effect: 'read', outcomes });
  expect(renderResults(one, told, {}, style)).toBe('value 7\n');
});
