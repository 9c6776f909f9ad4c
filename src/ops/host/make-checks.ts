// Makes checks side by side: each as soon as those that it needs are over, as many at once as the server allows.
import PQueue from 'p-queue';
import type { Host } from '../../hosts/host.ts';
import { failed, hasPassed, skipped, type Check, type TestStep } from './test-step.ts';

/** Checks at once, until one of them finds out that the server allows fewer. */
const mostAtOnce = 4;

/**
 * The steps of all checks, in the order of the list. A failed one is a step; those that need it are skipped.
 * @param before - steps that checks may look at as well
 * @throws CancelledError when the signal is aborted, and what is a defect of occ
 */
export async function makeChecks(
  host: Host,
  list: readonly Check[],
  signal: AbortSignal,
  before: readonly TestStep[] = [],
): Promise<readonly TestStep[]> {
  const round = new Round(host, list, signal, before);
  return Promise.all(list.map((check) => round.stepOf(check)));
}

/** One run of all checks on one host. */
class Round {
  readonly #host: Host;
  readonly #list: readonly Check[];
  readonly #signal: AbortSignal;
  readonly #queue = new PQueue({ concurrency: mostAtOnce });
  readonly #steps = new Map<Check, Promise<TestStep>>();
  readonly #over = new Map<string, TestStep>();

  constructor(
    host: Host,
    list: readonly Check[],
    signal: AbortSignal,
    before: readonly TestStep[],
  ) {
    this.#host = host;
    this.#list = list;
    this.#signal = signal;
    for (const step of before) if (step.jump === undefined) this.#over.set(step.name, step);
  }

  /** Made at the first call, shared by all others. */
  stepOf(check: Check): Promise<TestStep> {
    const begun = this.#steps.get(check);
    if (begun) return begun;
    const step = this.#make(check);
    this.#steps.set(check, step);
    return step;
  }

  async #make(check: Check): Promise<TestStep> {
    const needed = await this.#all(check.needs);
    await this.#all(check.after ?? []);
    const missing = needed.find((step) => !hasPassed(step));
    const step = missing
      ? skipped({ name: check.name }, missing.name)
      : await this.#queue.add(() => this.#examine(check));
    this.#over.set(check.name, step);
    return step;
  }

  /** Checks that are not in the list do not apply to this host, and keep nobody waiting. */
  #all(names: readonly string[]): Promise<readonly TestStep[]> {
    const checks = this.#list.filter(({ name }) => names.includes(name));
    return Promise.all(checks.map((check) => this.stepOf(check)));
  }

  async #examine(check: Check): Promise<TestStep> {
    const { name } = check;
    const start = performance.now();
    const ms = () => Math.round(performance.now() - start);
    try {
      const found = (other: string) => this.#over.get(other);
      const finding = await check.examine({ host: this.#host, signal: this.#signal, found });
      const { detail, fix, atOnce } = finding;
      if (atOnce !== undefined) this.#queue.concurrency = atOnce;
      if (fix === undefined) return { name, outcome: 'ok', ms: ms(), detail };
      return { name, outcome: 'warning', ms: ms(), detail, fix };
    } catch (error) {
      return failed({ name, ms: ms() }, error, this.#signal);
    }
  }
}
