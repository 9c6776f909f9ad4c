// A process on a host as a byte stream: what is written goes to its stdin, what it prints is read.
import { Duplex } from 'node:stream';
import type { HostProcess } from './transport.ts';

/**
 * Ending it half-closes: the process sees end of file and can still print. Destroying it cancels the process.
 * Like a socket of node:net, it closes itself when the process has ended its output.
 */
export class ProcessDuplex extends Duplex {
  readonly #process: HostProcess;
  readonly #stop: AbortController;

  /**
   * @param stop - the controller whose signal the process was started with
   * @param failed - answers what to report when the process ended; undefined when all is well
   */
  constructor(
    process: HostProcess,
    stop: AbortController,
    failed: (exit: Awaited<HostProcess['exit']>) => Error | undefined,
  ) {
    super({ allowHalfOpen: false });
    this.#process = process;
    this.#stop = stop;
    process.stdout.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) process.stdout.pause();
    });
    process.stdout.on('error', (error) => this.destroy(error));
    process.stdin.on('error', () => undefined);
    // Nobody is left to write to.
    this.once('end', () => this.destroy());
    void process.exit.then((exit) => {
      const failure = failed(exit);
      if (failure) this.destroy(failure);
      else this.push(null);
    });
  }

  override _read(): void {
    this.#process.stdout.resume();
  }

  override _write(
    chunk: Buffer,
    _encoding: BufferEncoding,
    done: (error?: Error | null) => void,
  ): void {
    // A reader that is gone shows as the end of the process, which says more than EPIPE.
    this.#process.stdin.write(chunk, () => done());
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#process.stdin.end(() => done());
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    // A process that became root does not get its user's signals, but it sees the end of its input.
    this.#process.stdin.end();
    this.#stop.abort();
    this.#process.stdout.resume();
    done(error);
  }
}
