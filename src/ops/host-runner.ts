// Runs an operation on every selected host; changes under the host's lock, destruction after one confirmation.
import type { z } from 'zod';
import { OccError } from '../errors.ts';
import type { Emit } from '../events.ts';
import { fanOut, type HostOutcome } from './fan-out.ts';
import { withLock } from './lock.ts';
import { explainLoss, readTwice } from './lost.ts';
import type { HostContext, HostOperation, Plan } from './operation.ts';
import { agreedOf, applyPlan, nobodyToAsk, planQuestion, summariesOf } from './plan.ts';
import type { Answer, RunReport, RunRequest } from './run-report.ts';

type AnyHostOperation = HostOperation<z.ZodObject, unknown, unknown>;
type Input = Record<string, unknown>;
type Done = Pick<RunReport, 'outcomes'> & Partial<Pick<RunReport, 'declined'>>;
type Outcomes = readonly HostOutcome<Answer>[];

/** Runs a host operation on the request's hosts. */
export async function runHostOperation(
  operation: AnyHostOperation,
  request: RunRequest,
): Promise<Done> {
  const { emit, signal, prompter, inventory, selected } = request;
  const prepared = await operation.prepare?.(
    { emit, signal, prompter, inventory, hosts: selected },
    request.input as Input,
  );
  const job = { operation, request, prepared };
  if (!asksFirst(operation) || request.yes || request.dryRun) {
    return { outcomes: await onHosts(job, selected) };
  }
  return confirmed(job, selected);
}

function asksFirst({ effect, asksFirst: always }: AnyHostOperation): boolean {
  return effect === 'destroy' || always === true;
}

/** One run of an operation. */
interface Job {
  readonly operation: AnyHostOperation;
  readonly request: RunRequest;
  readonly prepared: unknown;
}

/** Plans on all hosts, asks once, then does it where the plan is still the same. */
async function confirmed(job: Job, hosts: readonly string[]): Promise<Done> {
  const plans = await onHosts({ ...job, request: { ...job.request, dryRun: true } }, hosts);
  const agreed = agreedOf(plans);
  if ([...agreed.values()].some((steps) => steps.length > 0)) {
    const { effect, name } = job.operation;
    const answer = await job.request.prompter.confirm(planQuestion(agreed, effect));
    if (answer === undefined) throw nobodyToAsk(name, effect);
    if (!answer) return { outcomes: plans, declined: true };
  }
  const outcomes = await onHosts(job, [...agreed.keys()], (host) => agreed.get(host));
  const byHost = new Map(outcomes.map((outcome) => [outcome.host, outcome]));
  return { outcomes: plans.map((plan) => byHost.get(plan.host) ?? plan) };
}

function onHosts(
  job: Job,
  hosts: readonly string[],
  agreed?: (host: string) => readonly string[] | undefined,
): Promise<Outcomes> {
  return fanOut(hosts, job.request, (name, signal) =>
    onHost(job, name, signal, (plan) => mustBeAsAgreed(plan, agreed?.(name))),
  );
}

async function onHost(
  job: Job,
  name: string,
  signal: AbortSignal,
  check: (plan: Plan<unknown>) => void,
): Promise<Answer> {
  const { emit } = job.request;
  if (job.operation.effect === 'read') {
    return readTwice({ host: name, emit, signal }, (told) => read(job, name, signal, told));
  }
  try {
    return await change(job, name, signal, check);
  } catch (error) {
    throw explainLoss(error, name);
  }
}

async function read(
  { operation, request, prepared }: Job,
  name: string,
  signal: AbortSignal,
  emit: Emit,
): Promise<Answer> {
  await using host = request.openHost(name, undefined, signal);
  const { prompter, inventory } = request;
  const input = request.input as Input;
  const context: HostContext = { host, emit, signal, prompter, inventory };
  const result = await required(operation, 'run')(context, input, prepared);
  return { changed: false, result, failed: operation.isFailure?.(result) ?? false };
}

async function change(
  { operation, request, prepared }: Job,
  name: string,
  signal: AbortSignal,
  check: (plan: Plan<unknown>) => void,
): Promise<Answer> {
  await using host = request.openHost(name, undefined, signal);
  const { emit, prompter, inventory } = request;
  const input = request.input as Input;
  const lock = { doing: operation.name, emit, signal, operator: request.operator };
  return await withLock(host, lock, async (lockSignal) => {
    const context: HostContext = { host, emit, signal: lockSignal, prompter, inventory };
    const plan = await required(operation, 'plan')(context, input, prepared);
    const steps = summariesOf(plan);
    if (request.dryRun) return { changed: false, plan: steps, failed: false };
    check(plan);
    const result = await applyPlan(plan, { host: name, emit, signal: lockSignal });
    const failed = operation.isFailure?.(result) ?? false;
    return { changed: steps.length > 0, plan: steps, result, failed };
  });
}

function mustBeAsAgreed(plan: Plan<unknown>, agreed: readonly string[] | undefined): void {
  if (!agreed || agreed.join('\n') === summariesOf(plan).join('\n')) return;
  throw new OccError('conflict', 'The host changed while you were asked; nothing was done', {
    hint: 'Repeat the command to see what it would do now',
  });
}

function required<Verb extends 'run' | 'plan'>(
  operation: AnyHostOperation,
  verb: Verb,
): NonNullable<AnyHostOperation[Verb]> {
  const found = operation[verb];
  if (found) return found.bind(operation) as NonNullable<AnyHostOperation[Verb]>;
  throw new TypeError(`operation ${operation.name} has effect ${operation.effect} and no ${verb}`);
}
