// What host.test found, for people: a table for each host, what to do, and one line that says it all.
import type { HostResult } from '../operation.ts';
import type { Cell, View } from '../view.ts';
import { titleOf, type CheckOutcome, type TestStep } from './test-step.ts';

/** As much of the result as is shown. */
interface Tested {
  readonly ok: boolean;
  readonly ms: number;
  readonly steps: readonly TestStep[];
}

const marks: Readonly<Record<CheckOutcome, Cell>> = {
  ok: { text: 'ok', tone: 'good' },
  warning: { text: 'warning', tone: 'warn' },
  failed: { text: 'failed', tone: 'bad' },
  skipped: { text: 'skipped', tone: 'dim' },
};

/** The tables of all hosts. */
export function presentTests(results: readonly HostResult<Tested>[]): readonly View[] {
  return results.flatMap(({ host, value }): View[] => {
    const rows = value.steps.map((step) => [
      titleOf(step),
      marks[step.outcome],
      step.outcome === 'skipped' ? '' : `${step.ms} ms`,
      step.detail,
    ]);
    return [
      { kind: 'text', text: host },
      { kind: 'table', columns: ['check', 'result', 'time', 'found'], rows },
      ...value.steps.flatMap(fixOf),
      { kind: 'text', text: summary(host, value) },
    ];
  });
}

function fixOf(step: TestStep): View[] {
  if (step.fix === undefined) return [];
  const tone = step.outcome === 'failed' ? 'bad' : 'warn';
  return [{ kind: 'text', text: { text: `${titleOf(step)}: ${step.fix}`, tone } }];
}

function summary(host: string, { ok, ms, steps }: Tested): Cell {
  const count = (outcome: CheckOutcome) => steps.filter((step) => step.outcome === outcome).length;
  const parts = (['failed', 'warning', 'skipped'] as const)
    .map((outcome) => [count(outcome), outcome] as const)
    .filter(([number]) => number > 0)
    .map(([number, outcome]) => `${number} ${outcome}`);
  const rest = parts.length === 0 ? '' : `, ${parts.join(', ')}`;
  return {
    text: `${host}: ${count('ok')} of ${steps.length} ok${rest}, in ${ms} ms`,
    tone: ok ? 'good' : 'bad',
  };
}
