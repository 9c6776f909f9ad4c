// A report of a run for tests of what is made from one.
import type { RunReport } from '../../../src/ops/run-report.ts';

/** `start` on no host; `changes` make it another. */
export function report(changes: Partial<RunReport>): RunReport {
  return {
    operation: 'start',
    scope: 'host',
    effect: 'change',
    dryRun: false,
    interrupted: false,
    declined: false,
    outcomes: [],
    ...changes,
  };
}
