// The stages of connecting as lines of host.test: those that were passed, the one that failed, and what it kept from us.
import { ConnectError, type ConnectReason } from '../../errors.ts';
import type { Host } from '../../hosts/host.ts';
import type { ConnectProgress, ConnectStage } from '../../transport/ssh/ssh-progress.ts';
import { failed, skipped, titleOf, type TestStep } from './test-step.ts';

/** What came of connecting. No steps: the host is not reached by SSH. */
export interface Connected {
  readonly steps: readonly TestStep[];
  /** Title of the step that failed. */
  readonly failed?: string;
}

/**
 * Logs in anew, past every connection that is kept, and over each jump host.
 * @throws CancelledError, and what is no finding about the host
 */
export async function connectSteps(host: Host, signal: AbortSignal): Promise<Connected> {
  const stages = new ConnectStages();
  try {
    await host.connectAnew((progress) => stages.passed(progress));
    return { steps: stages.steps };
  } catch (error) {
    return stages.failed(error, signal);
  }
}

type Stage = Exclude<ConnectStage, 'warm'>;

const order: readonly ConnectStage[] = [
  'config',
  'resolve',
  'tcp',
  'banner',
  'host-key',
  'login',
] satisfies Stage[];

const names: Readonly<Record<ConnectStage, string>> = {
  config: 'config',
  resolve: 'resolve',
  tcp: 'tcp',
  banner: 'banner',
  'host-key': 'host key',
  login: 'authentication',
  warm: 'connection',
};

/** How far an attempt had come at least. ssh itself tells no stages, but why it failed. */
const leastStage: Partial<Readonly<Record<ConnectReason, Stage>>> = {
  refused: 'tcp',
  unreachable: 'tcp',
  handshake: 'banner',
  'host-key-unknown': 'host-key',
  'host-key-changed': 'host-key',
  'host-key-revoked': 'host-key',
  auth: 'login',
};

interface Passed {
  readonly jump: string | undefined;
  readonly stage: ConnectStage;
  readonly step: TestStep;
}

/** Collects the stages of one connection. */
class ConnectStages {
  #passed: Passed[] = [];
  /** Servers that are not logged in to: the host, then the jump hosts before it. The last one is being connected to. */
  readonly #pending: (string | undefined)[] = [];
  readonly #attempts = new Map<string | undefined, number>();
  #since = performance.now();

  /** The lines so far. */
  get steps(): readonly TestStep[] {
    return this.#passed.map(({ step }) => step);
  }

  /** A stage was passed. */
  passed({ place: { jump }, stage, detail, ms }: ConnectProgress): void {
    this.#since = performance.now();
    const attempts = this.#takeBack(jump, stage);
    const again = attempts === 1 ? '' : `, at attempt ${attempts}`;
    const name = names[stage];
    const step = { name, ...(jump !== undefined && { jump }), outcome: 'ok', detail } as const;
    this.#passed.push({
      jump,
      stage,
      step: { ...step, ...this.#atOnce(jump, stage, detail + again), ms: Math.round(ms) },
    });
    const isThrough = stage === 'login' || stage === 'warm';
    if (stage === 'config') this.#pending.push(jump);
    else if (isThrough && this.#pending.includes(jump)) {
      this.#pending.splice(this.#pending.lastIndexOf(jump), 1);
    }
  }

  /** The lines of an attempt that failed. @throws what is no finding about the host */
  failed(error: unknown, signal: AbortSignal): Connected {
    const ms = Math.round(performance.now() - this.#since);
    const jump = this.#pending.at(-1);
    const stage = this.#failedStage(jump, error instanceof ConnectError ? error.reason : undefined);
    const where = { name: names[stage], ...(jump !== undefined && { jump }) };
    const step = withStart(failed({ ...where, ms }, error, signal), where.name, error);
    const title = titleOf(where);
    const outer = this.#pending.slice(0, -1).reverse();
    const rest = [
      ...after(stage).map((name) => ({ name, ...(jump !== undefined && { jump }) })),
      ...outer.flatMap((server) =>
        after('resolve').map((name) => ({ name, ...(server !== undefined && { jump: server }) })),
      ),
    ].map((missed) => skipped(missed, title));
    return { steps: [...this.steps, step, ...rest], failed: title };
  }

  /** ssh itself does all stages in one. */
  #atOnce(
    jump: string | undefined,
    stage: ConnectStage,
    detail: string,
  ): Pick<TestStep, 'detail'> & Partial<Pick<TestStep, 'name'>> {
    const isKnown = this.#stagesOf(jump).includes('tcp');
    if (stage !== 'login' || isKnown) return { detail };
    return { name: names.warm, detail: `${detail} (resolve to authentication in one step)` };
  }

  /** A server that drops a connection is tried again: what was told of it before does not hold. Answers the attempts. */
  #takeBack(jump: string | undefined, stage: ConnectStage): number {
    const isStale = (one: Passed): boolean =>
      one.jump === jump && order.indexOf(one.stage) >= order.indexOf(stage);
    const before = this.#passed.length;
    this.#passed = this.#passed.filter((one) => !isStale(one));
    const attempts = (this.#attempts.get(jump) ?? 1) + (this.#passed.length < before ? 1 : 0);
    this.#attempts.set(jump, attempts);
    return attempts;
  }

  #stagesOf(jump: string | undefined): readonly ConnectStage[] {
    return this.#passed.flatMap((one) => (one.jump === jump ? [one.stage] : []));
  }

  #failedStage(jump: string | undefined, reason: ConnectReason | undefined): ConnectStage {
    if (this.#passed.length === 0) return 'config';
    const last = this.#stagesOf(jump).at(-1) ?? 'config';
    // It is no fault of the configuration that was read, but of what it asks for.
    if (reason === 'config' && last === 'config') return 'warm';
    const isBehindJump = this.#passed.at(-1)?.jump !== jump;
    const next = isBehindJump ? 'tcp' : order[order.indexOf(last) + 1];
    const least = reason === undefined ? undefined : leastStage[reason];
    const stages = [next ?? 'login', least ?? 'config'];
    return order[Math.max(...stages.map((one) => order.indexOf(one)))] ?? 'login';
  }
}

/** Names of the stages that come after one; none where it stands for all of them. */
function after(stage: ConnectStage): readonly string[] {
  return stage === 'warm' ? [] : order.slice(order.indexOf(stage) + 1).map((one) => names[one]);
}

/** Nobody listens: the command that mends it, besides what the error says. */
function withStart(step: TestStep, stage: string, error: unknown): TestStep {
  const isRefused = error instanceof ConnectError && error.reason === 'refused';
  if (!isRefused || stage !== names.tcp) return step;
  const start = 'Start it there: sudo systemctl enable --now ssh (Debian, Ubuntu) or sshd (others)';
  return { ...step, fix: step.fix === undefined ? start : `${step.fix} ${start}` };
}
