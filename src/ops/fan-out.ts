// Does one thing on many hosts: in parallel, each within its own deadline, every host's outcome kept.
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import PQueue from 'p-queue';
import { OccError, TimeoutError } from '../errors.ts';
import { messageOf } from '../thrown.ts';
import { abortError, childSignal, throwIfAborted, trueCause } from './abort.ts';

/** What came of the work on one host. */
export type HostOutcome<T> =
  | { readonly host: string; readonly ok: true; readonly value: T }
  | {
      readonly host: string;
      readonly ok: false;
      readonly error: OccError;
      /** Summary of the step that failed, when the plan had begun. */
      readonly step?: string;
      /** True when steps before the failed one had been applied. */
      readonly changed: boolean;
    };

/** Thrown by `work` to tell which step of a plan failed; `cause` is the failure itself. */
export class StepFailure extends Error {
  readonly step: string;
  readonly changed: boolean;

  constructor(step: string, changed: boolean, cause: unknown) {
    super(`step failed: ${step}`, { cause });
    this.step = step;
    this.changed = changed;
  }
}

/** How many hosts at once, and for how long. */
export interface FanOutOptions {
  /** Hosts that are worked on at the same time. Default: 16. */
  readonly parallel?: number | undefined;
  /** Milliseconds that each host has, counted from its own start. Default: no deadline. */
  readonly timeoutMs?: number | undefined;
  /** Cancels the hosts that are being worked on and those that wait. */
  readonly signal: AbortSignal;
}

/** Hosts at once, unless the caller says otherwise. */
const defaultParallel = 16;

/** Above this many hosts at once, starts are spread out: sshd on a shared bastion drops a burst (MaxStartups 10:30:100). */
const burst = 8;
const spreadMs = 40;

/** How long a cancelled host may clean up before its outcome is given without it: longer than a container may take to stop. */
const graceMs = 30_000;

/**
 * Does `work` for every host. Never rejects: an error is that host's outcome, wrapped when it is not an {@link OccError}.
 * @returns outcomes in the order of `hosts`
 */
export async function fanOut<T>(
  hosts: readonly string[],
  options: FanOutOptions,
  work: (host: string, signal: AbortSignal) => Promise<T>,
): Promise<readonly HostOutcome<T>[]> {
  // Every host listens to it; Node takes more than ten listeners for a leak.
  setMaxListeners(0, options.signal);
  const parallel = options.parallel ?? defaultParallel;
  const queue = new PQueue({ concurrency: parallel });
  const spread = Math.min(hosts.length, parallel) > burst ? spreadMs * parallel : 0;
  const one = async (host: string): Promise<HostOutcome<T>> => {
    try {
      if (spread > 0) await jitter(spread, options.signal);
      return { host, ok: true, value: await withDeadline(host, options, work) };
    } catch (error) {
      return failureOf(host, error);
    }
  };
  return Promise.all(hosts.map((host) => queue.add(() => one(host))));
}

function failureOf(host: string, error: unknown): HostOutcome<never> {
  if (!(error instanceof StepFailure)) {
    return { host, ok: false, error: asOccError(error, host), changed: false };
  }
  const { step, changed, cause } = error;
  return { host, ok: false, error: asOccError(cause, host), step, changed };
}

/** Any throwable as an {@link OccError} of this host. A host that an error names already stays. */
function asOccError(error: unknown, host?: string): OccError {
  if (error instanceof OccError) return error.host === undefined ? withHost(error, host) : error;
  return new OccError('internal', `Unexpected failure: ${messageOf(error)}`, {
    host: host === '' ? undefined : host,
    hint: 'This is a defect of occ; please report it with the output of --verbose',
    cause: error,
  });
}

/** The same error, of the same class, with a host. The empty host stands for the inventory: no host. */
function withHost(error: OccError, host: string | undefined): OccError {
  if (!host) return error;
  Object.defineProperty(error, 'host', { value: host, enumerable: true });
  return error;
}

/** Waits a random while; an abort ends it early, and is noticed by what comes next. */
async function jitter(maxMs: number, signal: AbortSignal): Promise<void> {
  await sleep(Math.random() * maxMs, undefined, { signal }).catch(() => undefined);
}

async function withDeadline<T>(
  host: string,
  { timeoutMs, signal }: FanOutOptions,
  work: (host: string, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  throwIfAborted(signal, host);
  const { controller, release } = childSignal(signal);
  const expire = () => controller.abort(deadlinePassed(host, timeoutMs));
  const timer = timeoutMs === undefined ? undefined : setTimeout(expire, timeoutMs);
  const settled = new AbortController();
  try {
    const working = work(host, controller.signal);
    return await Promise.race([working, abandonment(controller.signal, settled.signal, host)]);
  } catch (error) {
    throw trueCause(error, controller.signal);
  } finally {
    clearTimeout(timer);
    release();
    settled.abort();
  }
}

/** Rejects once the signal was aborted and the grace has passed, so that nobody waits for what is stuck. */
async function abandonment(
  signal: AbortSignal,
  settled: AbortSignal,
  host: string,
): Promise<never> {
  return new Promise((_resolve, reject) => {
    const begin = () => {
      const timer = setTimeout(() => reject(abortError(signal, host)), graceMs);
      settled.addEventListener('abort', () => clearTimeout(timer), { once: true });
    };
    signal.addEventListener('abort', begin, { once: true });
  });
}

function deadlinePassed(host: string, timeoutMs = 0): TimeoutError {
  return new TimeoutError(`Not finished after ${timeoutMs / 1000} s`, {
    host,
    hint: 'Allow more time with --timeout SECONDS',
  });
}
