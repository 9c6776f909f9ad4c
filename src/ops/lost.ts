// What is done when the connection to a host is lost: reads are done again, changes are not, and say what is known.
import { ConnectError, type OccError } from '../errors.ts';
import type { Emit, OccEvent } from '../events.ts';
import { StepFailure } from './fan-out.ts';

/** How deep a cause may be buried. */
const maxDepth = 8;

/** The loss of a connection that an error comes from; undefined when it comes from something else. */
function lossIn(error: unknown): ConnectError | undefined {
  let at = error;
  for (let depth = 0; depth < maxDepth && at instanceof Error; depth += 1) {
    if (at instanceof ConnectError && at.reason === 'lost') return at;
    at = at.cause;
  }
  return undefined;
}

/** What a read has told before it failed. */
export interface ReadAttempt {
  readonly host: string;
  readonly emit: Emit;
  readonly signal: AbortSignal;
}

/**
 * Reads once more, on a connection of its own, when the first one was lost in the middle. Not when lines or an address
 * were told already, which would come twice; nor when it was cancelled, or its time is up.
 * @param read - opens the host, reads, closes it
 */
export async function readTwice<T>(
  { host, emit, signal }: ReadAttempt,
  read: (emit: Emit) => Promise<T>,
): Promise<T> {
  let told = false;
  const hasTold = (): boolean => told;
  const noting = (event: OccEvent): void => {
    told ||= event.type === 'line' || event.type === 'ready';
    emit(event);
  };
  try {
    return await read(noting);
  } catch (error) {
    const loss = lossIn(error);
    if (loss === undefined || hasTold() || signal.aborted) throw error;
    const message = `${loss.message}. It is read once more`;
    emit({ type: 'notice', host, level: 'warning', message });
    return await read(emit);
  }
}

/** The same failure of a change; one whose connection was lost says what may have happened, and how to see it. */
export function explainLoss(error: unknown, host: string): unknown {
  const loss = lossIn(error);
  if (loss === undefined) return error;
  const state = `See the state: occ --host ${host} status`;
  if (!(error instanceof StepFailure)) return withHint(loss, `${state}. Then repeat the command.`);
  const { step, changed } = error;
  const before = changed ? ' The steps before it are done.' : '';
  const hint = `“${step}” may or may not have happened on the host.${before} ${state}. Repeating the command continues from what it finds.`;
  return new StepFailure(step, changed, withHint(error.cause ?? loss, hint));
}

function withHint(error: unknown, hint: string): OccError {
  const { message, host } = error as OccError;
  return new ConnectError('lost', message, { host, hint, cause: error });
}
