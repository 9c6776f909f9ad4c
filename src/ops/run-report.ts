// What a run of an operation is asked for, and what it answers.
import type { Emit } from '../events.ts';
import type { Host } from '../hosts/host.ts';
import type { Inventory } from '../hosts/inventory.ts';
import type { Prompter } from '../prompter.ts';
import type { HostOutcome } from './fan-out.ts';
import type { AnyOperation, Effect, HostResult } from './operation.ts';

/** What to run an operation with. */
export interface RunRequest {
  readonly inventory: Inventory;
  /** Names of the selected hosts, in order, each once. */
  readonly selected: readonly string[];
  /** True when the user selected hosts on the command line. */
  readonly explicitSelection: boolean;
  /** As the operation's `input` schema parsed it. */
  readonly input: unknown;
  /** Plan only: nothing is changed. No effect on `read` operations. */
  readonly dryRun: boolean;
  /** Do not ask before a `destroy`. */
  readonly yes: boolean;
  /** Hosts at the same time. Default: 16. */
  readonly parallel?: number | undefined;
  /** Milliseconds for each host. Default: no deadline. */
  readonly timeoutMs?: number | undefined;
  readonly emit: Emit;
  readonly signal: AbortSignal;
  readonly prompter: Prompter;
  /** Opens a host of `inventory` (default: the request's). The runner closes it. `signal` is the host's own deadline. */
  readonly openHost: (name: string, inventory?: Inventory, signal?: AbortSignal) => Host;
  /** Who is told to others that find the host locked. Default: `user@machine` of this machine. */
  readonly operator?: string | undefined;
}

/** What an operation did, or would do. */
export interface Answer {
  /** Whether any step was applied. Always false for `read` and in a dry run. */
  readonly changed: boolean;
  /** What was done, or in a dry run would be done. Empty: nothing to do. Undefined for `read`. */
  readonly plan?: readonly string[];
  /** The operation's result. Undefined in a dry run of a `change` or `destroy`. */
  readonly result?: unknown;
  /** The operation calls its result a failure although nothing threw: an unhealthy status, for example. */
  readonly failed: boolean;
}

/** How it went. `interrupted`: the request's signal was aborted, which is how a streaming operation normally ends. */
export interface RunReport {
  readonly operation: string;
  readonly scope: AnyOperation['scope'];
  readonly effect: Effect;
  readonly dryRun: boolean;
  readonly interrupted: boolean;
  /** One for each selected host, in that order. For scope `inventory` exactly one, whose `host` is empty. */
  readonly outcomes: readonly HostOutcome<Answer>[];
  /** The person was asked and did not agree. Nothing was changed. */
  readonly declined: boolean;
}

/** Results of the hosts that succeeded, as `present` takes them. Empty in a dry run of a change. */
export function resultsOf(report: RunReport): readonly HostResult<unknown>[] {
  return report.outcomes.flatMap((outcome) => {
    if (!outcome.ok || (report.dryRun && report.effect !== 'read')) return [];
    const { changed, result } = outcome.value;
    return [{ host: outcome.host, changed, value: result }];
  });
}
