// host.test: everything that occ needs of a host, step by step, with times and fixes.
import { z } from 'zod';
import { OccError } from '../../errors.ts';
import type { Host } from '../../hosts/host.ts';
import { hostOperation, type HostResult } from '../operation.ts';
import type { Cell, View } from '../view.ts';
import { checks, type Check } from './checks.ts';

/** What came of one check. `warning`: occ works, but something should be mended. `skipped`: an earlier one failed. */
export type CheckOutcome = 'ok' | 'warning' | 'failed' | 'skipped';

/** One check of one host. */
export interface TestStep {
  readonly name: string;
  readonly outcome: CheckOutcome;
  /** Milliseconds, rounded. */
  readonly ms: number;
  readonly detail: string;
  /** Code of the error, when it failed. */
  readonly code?: string;
  /** What to do about a warning or a failure. */
  readonly fix?: string;
}

/** All checks of one host. */
export interface HostTest {
  readonly ok: boolean;
  readonly steps: readonly TestStep[];
}

/** Tests each selected host. */
export const operation = hostOperation({
  name: 'host.test',
  summary: 'Test step by step whether a host has what occ needs',
  examples: [
    { command: 'occ --host web-1 host test', explanation: 'one host' },
    { command: 'occ --all host test', explanation: 'every host' },
  ],
  input: z.object({}),
  effect: 'read',
  run: ({ host, signal }) => testHost(host, checks, signal),
  isFailure: ({ ok }) => !ok,
  present: presentTests,
});

/**
 * Makes the checks one after the other. A failed one is a step of the result; those that need it are skipped.
 * @throws CancelledError when the signal is aborted
 */
export async function testHost(
  host: Host,
  list: readonly Check[],
  signal: AbortSignal,
): Promise<HostTest> {
  const steps: TestStep[] = [];
  for (const check of list) {
    const missing = check.needs.find((name) => !hasPassed(steps, name));
    steps.push(missing === undefined ? await make(check, host, signal) : skip(check, missing));
  }
  return { ok: steps.every(({ outcome }) => outcome === 'ok' || outcome === 'warning'), steps };
}

function hasPassed(steps: readonly TestStep[], name: string): boolean {
  return steps.some((step) => step.name === name && ['ok', 'warning'].includes(step.outcome));
}

function skip({ name }: Check, missing: string): TestStep {
  return { name, outcome: 'skipped', ms: 0, detail: `needs ${missing}` };
}

async function make(check: Check, host: Host, signal: AbortSignal): Promise<TestStep> {
  const { name } = check;
  const start = performance.now();
  const ms = () => Math.round(performance.now() - start);
  try {
    const { detail, fix } = await check.examine(host, signal);
    if (fix === undefined) return { name, outcome: 'ok', ms: ms(), detail };
    return { name, outcome: 'warning', ms: ms(), detail, fix };
  } catch (error) {
    // Anything else is a defect of occ or the user's Ctrl-C, not a finding about the host.
    if (!(error instanceof OccError) || signal.aborted) throw error;
    const { message: detail, code, hint } = error;
    return {
      name,
      outcome: 'failed',
      ms: ms(),
      detail,
      code,
      ...(hint !== undefined && { fix: hint }),
    };
  }
}

const marks: Readonly<Record<CheckOutcome, Cell>> = {
  ok: { text: 'ok', tone: 'good' },
  warning: { text: 'warning', tone: 'warn' },
  failed: { text: 'failed', tone: 'bad' },
  skipped: { text: 'skipped', tone: 'dim' },
};

function presentTests(results: readonly HostResult<HostTest>[]): readonly View[] {
  return results.flatMap(({ host, value: { steps } }): View[] => {
    const rows = steps.map(({ name, outcome, ms, detail }) => [
      name,
      marks[outcome],
      outcome === 'skipped' ? '' : `${ms} ms`,
      detail,
    ]);
    const fixes = steps.flatMap(({ name, fix }) => (fix === undefined ? [] : [`${name}: ${fix}`]));
    return [
      { kind: 'text', text: host },
      { kind: 'table', columns: ['check', 'result', 'time', 'found'], rows },
      ...fixes.map((text): View => ({ kind: 'text', text: { text, tone: 'warn' } })),
    ];
  });
}
