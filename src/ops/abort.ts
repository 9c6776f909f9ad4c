// Why work was stopped: an abort says so with its reason, and the error that comes out must tell the same story.
import { CancelledError, OccError } from '../errors.ts';

/** An error to throw because `signal` was aborted: its reason when that is ours, else a plain cancellation. */
export function abortError(signal: AbortSignal, host?: string): OccError {
  if (signal.reason instanceof OccError) return signal.reason;
  return new CancelledError('Cancelled', { host, cause: signal.reason });
}

/** @throws OccError when the signal was aborted */
export function throwIfAborted(signal: AbortSignal, host?: string): void {
  if (signal.aborted) throw abortError(signal, host);
}

/** A signal that can be aborted by itself and follows `parent`. Call `release` when it is no longer needed. */
export function childSignal(parent: AbortSignal): {
  readonly controller: AbortController;
  readonly release: () => void;
} {
  const controller = new AbortController();
  const follow = () => controller.abort(parent.reason);
  if (parent.aborted) follow();
  parent.addEventListener('abort', follow, { once: true });
  return { controller, release: () => parent.removeEventListener('abort', follow) };
}

/** The real reason, where an error only says that it was cancelled because of a deadline or a lost lock. */
export function trueCause(error: unknown, signal: AbortSignal): unknown {
  const { reason } = signal as { reason: unknown };
  const known = reason instanceof OccError && !(reason instanceof CancelledError);
  const vague =
    error instanceof CancelledError || (error instanceof Error && error.name === 'AbortError');
  return known && vague ? reason : error;
}
