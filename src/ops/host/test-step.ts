// One line of host.test: what it says of a host, and how a check comes to it.
import { OccError } from '../../errors.ts';
import type { Host } from '../../hosts/host.ts';

/** What came of one check. `warning`: occ works, but something should be mended. `skipped`: an earlier one failed. */
export type CheckOutcome = 'ok' | 'warning' | 'failed' | 'skipped';

/** One check of one host, or one stage of the way to it. */
export interface TestStep {
  readonly name: string;
  /** The jump host that it is about, as the configuration names it; left out for the host itself. */
  readonly jump?: string;
  readonly outcome: CheckOutcome;
  /** Milliseconds, rounded; without what it waited for others. */
  readonly ms: number;
  readonly detail: string;
  /** Code of the error, when it failed. */
  readonly code?: string;
  /** What to do about a warning or a failure: the line to change or the command to run, and on which machine. */
  readonly fix?: string;
}

/** What a check found. With `fix` it is a warning: occ works, but something should be mended. */
export interface Finding {
  readonly detail: string;
  readonly fix?: string;
  /** Commands that may run at the same time from here on. */
  readonly atOnce?: number;
}

/** What a check is made with. */
export interface Examination {
  readonly host: Host;
  readonly signal: AbortSignal;
  /** What came of a check that this one needs or comes after. */
  readonly found: (name: string) => TestStep | undefined;
}

/** One check. What it throws is its failure. */
export interface Check {
  readonly name: string;
  /** Checks that must have passed; otherwise this one is skipped. */
  readonly needs: readonly string[];
  /** Checks that must be over, however they ended. */
  readonly after?: readonly string[];
  /** Of no meaning where the host is not reached by SSH. */
  readonly sshOnly?: boolean;
  examine(examination: Examination): Promise<Finding>;
}

/** Whether what needs this step can go on. */
export function hasPassed({ outcome }: TestStep): boolean {
  return outcome === 'ok' || outcome === 'warning';
}

/** `bastion: tcp`, or the name alone for the host itself. */
export function titleOf({ name, jump }: Pick<TestStep, 'name' | 'jump'>): string {
  return jump === undefined ? name : `${jump}: ${name}`;
}

/** A step that was not made. */
export function skipped(step: Pick<TestStep, 'name' | 'jump'>, missing: string): TestStep {
  return { ...step, outcome: 'skipped', ms: 0, detail: `needs ${missing}` };
}

/**
 * The step of a failure.
 * @throws the error itself, when it is a defect of occ or the user's Ctrl-C: no finding about the host
 */
export function failed(
  step: Pick<TestStep, 'name' | 'jump' | 'ms'>,
  error: unknown,
  signal: AbortSignal,
): TestStep {
  if (!(error instanceof OccError) || error.code === 'cancelled' || signal.aborted) throw error;
  const { message: detail, code, hint } = error;
  return { ...step, outcome: 'failed', detail, code, ...(hint !== undefined && { fix: hint }) };
}
