// Standard output that may go away (`| head`) or fill up: noticed once, judged at the end.
import { OccError } from '../errors.ts';
import type { OutputStream } from './terminal.ts';

/** What became of an output. */
export interface OutputWatch {
  /** Aborted when the reader has gone. */
  readonly closed: AbortSignal;
  /**
   * Waits until everything is written.
   * @throws OccError when something could not be written although there was a reader
   */
  flush(): Promise<void>;
}

/** Watches a stream; from then on its errors are no crashes. */
export function watchOutput(stream: OutputStream): OutputWatch {
  const closed = new AbortController();
  let failure: Error | undefined;
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') closed.abort();
    else failure ??= error;
  });
  return {
    closed: closed.signal,
    flush: async () => {
      await new Promise<void>((resolve) => stream.write('', () => setImmediate(resolve)));
      if (!failure) return;
      const message = `Standard output could not be written: ${failure.message}`;
      throw new OccError('output', message, { cause: failure });
    },
  };
}
