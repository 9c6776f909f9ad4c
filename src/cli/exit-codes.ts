// What a run of occ tells the shell.
import { CancelledError, ConnectError, InventoryError, UsageError } from '../errors.ts';

/** Exit codes. 130 is 128 + SIGINT, as shells report it. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  /** The command line or the inventory is wrong; nothing was done. */
  usage: 2,
  /** No selected host could be reached. */
  unreachable: 3,
  /** Some hosts succeeded and some did not. */
  partial: 4,
  interrupted: 130,
} as const;

/** What the exit code needs to know of each host. */
export interface Outcome {
  /** False also when the operation calls its result a failure. */
  readonly ok: boolean;
  readonly error?: unknown;
}

/** What the exit code needs to know of a run. */
export interface Ending {
  readonly outcomes: readonly Outcome[];
  /** The user stopped it. */
  readonly interrupted: boolean;
  /** The user was asked and said no. */
  readonly declined: boolean;
}

/** The exit code of a run. */
export function exitCodeOfRun(ending: Ending): number {
  const { outcomes } = ending;
  if (ending.interrupted) return exitCodes.interrupted;
  if (ending.declined) return exitCodes.failed;
  const failed = outcomes.filter((outcome) => !outcome.ok);
  if (failed.length === 0) return exitCodes.ok;
  if (failed.length < outcomes.length) return exitCodes.partial;
  const codes = new Set(failed.map((outcome) => exitCodeOfError(outcome.error)));
  const [only] = codes;
  return codes.size === 1 && only !== undefined ? only : exitCodes.failed;
}

/** The exit code of one error. */
export function exitCodeOfError(error: unknown): number {
  if (error instanceof CancelledError) return exitCodes.interrupted;
  if (error instanceof UsageError || error instanceof InventoryError) return exitCodes.usage;
  if (error instanceof ConnectError) return exitCodes.unreachable;
  return exitCodes.failed;
}
