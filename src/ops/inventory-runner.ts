// Runs an operation on the inventory: once, with whatever hosts it opens itself.
import type { z } from 'zod';
import type { Host } from '../hosts/host.ts';
import { fanOut } from './fan-out.ts';
import type { InventoryContext, InventoryOperation } from './operation.ts';
import { applyPlan, planQuestion, nobodyToAsk, summariesOf } from './plan.ts';
import type { Answer, RunReport, RunRequest } from './run-report.ts';

type AnyInventoryOperation = InventoryOperation<z.ZodObject, unknown>;
type Input = Record<string, unknown>;

/** Runs an inventory operation; its outcome stands under the empty host name. */
export async function runInventoryOperation(
  operation: AnyInventoryOperation,
  request: RunRequest,
): Promise<Pick<RunReport, 'outcomes' | 'declined'>> {
  const opened: Host[] = [];
  let declined = false;
  const work = async (_host: string, signal: AbortSignal): Promise<Answer> => {
    try {
      const answer = await once(operation, request, contextOf(request, opened, signal));
      declined = answer === undefined;
      return answer ?? { changed: false, failed: false };
    } finally {
      await Promise.all(opened.map((host) => host[Symbol.asyncDispose]()));
    }
  };
  const { signal } = request;
  const outcomes = await fanOut([''], { signal }, work);
  return { outcomes: outcomes.map((outcome) => ({ ...outcome, host: '' })), declined };
}

function contextOf(request: RunRequest, opened: Host[], signal: AbortSignal): InventoryContext {
  const { emit, prompter, inventory, selected, explicitSelection, yes } = request;
  const open = (name: string, other?: InventoryContext['inventory']) => {
    const host = request.openHost(name, other, signal);
    opened.push(host);
    return host;
  };
  return { emit, signal, prompter, inventory, selected, explicitSelection, yes, open };
}

/** Undefined when the person was asked and did not agree. */
async function once(
  operation: AnyInventoryOperation,
  request: RunRequest,
  context: InventoryContext,
): Promise<Answer | undefined> {
  const input = request.input as Input;
  const failed = (result: unknown) => operation.isFailure?.(result) ?? false;
  if (operation.effect === 'read') {
    if (!operation.run) throw new TypeError(`operation ${operation.name} reads and has no run`);
    const result = await operation.run(context, input);
    return { changed: false, result, failed: failed(result) };
  }
  const plan = await operation.plan?.(context, input);
  if (!plan) throw new TypeError(`operation ${operation.name} changes something and has no plan`);
  const steps = summariesOf(plan);
  if (request.dryRun) return { changed: false, plan: steps, failed: false };
  const { name, effect, asksFirst = effect === 'destroy' } = operation;
  if (asksFirst && !request.yes && steps.length > 0) {
    const answer = await request.prompter.confirm(planQuestion(new Map([['', steps]]), effect));
    if (answer === undefined) throw nobodyToAsk(name, effect);
    if (!answer) return undefined;
  }
  const { emit, signal } = context;
  const result = await applyPlan(plan, { host: '', emit, signal });
  return { changed: steps.length > 0, plan: steps, result, failed: failed(result) };
}
