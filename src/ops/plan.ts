// Plans: carried out step by step, told step by step, or shown to a person first.
import { UsageError } from '../errors.ts';
import type { Emit } from '../events.ts';
import { sanitizeLine } from '../sanitize.ts';
import { abortError, trueCause } from './abort.ts';
import { StepFailure, type HostOutcome } from './fan-out.ts';
import type { Effect, Plan, Step } from './operation.ts';
import type { Answer } from './run-report.ts';

/** What a plan is carried out with. `host` is empty for operations on the inventory. */
export interface PlanContext {
  readonly host: string;
  readonly emit: Emit;
  readonly signal: AbortSignal;
}

/** Readable steps of a plan. */
export function summariesOf(plan: Plan<unknown>): readonly string[] {
  return plan.steps.map((step) => step.summary);
}

/**
 * Applies the steps in order and asks for the result. After a step that fails none follows, and the plan is undone as
 * far as it knows how.
 * @throws StepFailure
 */
export async function applyPlan<Result>(plan: Plan<Result>, context: PlanContext): Promise<Result> {
  let applied = 0;
  try {
    for (const step of plan.steps) {
      await applyStep(step, context, applied > 0);
      applied += 1;
    }
  } catch (error) {
    await plan.undo?.();
    throw error;
  }
  return plan.result();
}

async function applyStep(step: Step, context: PlanContext, changed: boolean): Promise<void> {
  const { host, emit, signal } = context;
  const { summary } = step;
  if (signal.aborted) throw new StepFailure(summary, changed, abortError(signal, host));
  emit({ type: 'step', host, state: 'started', summary });
  try {
    await step.apply();
  } catch (error) {
    emit({ type: 'step', host, state: 'failed', summary });
    throw new StepFailure(summary, changed, trueCause(error, signal));
  }
  emit({ type: 'step', host, state: 'done', summary });
}

/** Host → steps that a person was shown. */
export type Agreed = ReadonlyMap<string, readonly string[]>;

/** What the hosts that could be planned would do. */
export function agreedOf(outcomes: readonly HostOutcome<Answer>[]): Agreed {
  return new Map(
    outcomes.flatMap((outcome) => (outcome.ok ? [[outcome.host, outcome.value.plan ?? []]] : [])),
  );
}

/** The question before a plan is carried out: every host with every step. */
export function planQuestion(agreed: Agreed, effect: Effect): string {
  const lines = [...agreed].flatMap(([host, steps]) => [
    ...(steps.length > 0 && host !== '' ? [`${host}:`] : []),
    ...steps.map((step) => `  - ${sanitizeLine(step)}`),
  ]);
  const what = effect === 'destroy' ? 'This cannot be undone' : 'This will be done';
  return `${what}:\n${lines.join('\n')}\nGo on?`;
}

/** The error when nobody can be asked. */
export function nobodyToAsk(operation: string, effect: Effect): UsageError {
  const name = operation.replaceAll('.', ' ');
  const why = effect === 'destroy' ? 'cannot be undone' : 'asks before it changes anything';
  return new UsageError(`"${name}" ${why}, and there is no terminal to confirm it`, {
    hint: 'See what it would do with --dry-run, then repeat it with --yes',
  });
}
