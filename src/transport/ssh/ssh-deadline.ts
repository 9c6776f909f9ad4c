// One deadline over all stages of a connection attempt. It stands still while a person is asked.
import { CancelledError, ConnectError } from '../../errors.ts';

/** What a deadline says when it passes. */
export interface DeadlineText {
  readonly host: string;
  /** For example `web-1 (10.0.0.7:22)`. */
  readonly place: string;
  /** What has not happened, for example `no answer to the connection`. */
  readonly missing?: string | undefined;
}

/**
 * Aborts its signal with a ConnectError `timeout` when the time is up, or with a CancelledError when the caller's
 * signal aborts first.
 */
export class ConnectDeadline implements Disposable {
  /** Aborted with the error that the attempt then fails with. */
  readonly signal: AbortSignal;
  readonly #controller = new AbortController();
  #seconds: number;
  readonly #parent: AbortSignal | undefined;
  readonly #text: () => DeadlineText;
  #leftMs: number;
  #startedAt = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(seconds: number, text: () => DeadlineText, parent?: AbortSignal) {
    this.signal = this.#controller.signal;
    this.#seconds = seconds;
    this.#leftMs = seconds * 1000;
    this.#text = text;
    this.#parent = parent;
    if (parent?.aborted === true) this.#cancel();
    parent?.addEventListener('abort', this.#cancel);
    this.resume();
  }

  /** Allows another time in all, counted from the beginning: the configuration says so. */
  allow(seconds: number): void {
    const running = this.#timer !== undefined;
    this.pause();
    this.#leftMs += (seconds - this.#seconds) * 1000;
    this.#seconds = seconds;
    if (running) this.resume();
  }

  /** Milliseconds that are left. */
  get leftMs(): number {
    const running = this.#timer === undefined ? 0 : Date.now() - this.#startedAt;
    return Math.max(0, this.#leftMs - running);
  }

  /** Runs a question to a person without the clock. */
  async whileAsking<T>(ask: () => Promise<T>): Promise<T> {
    this.pause();
    try {
      return await this.race(ask());
    } finally {
      this.resume();
    }
  }

  /** Settles as the promise does, or rejects when the signal aborts. */
  async race<T>(promise: Promise<T>): Promise<T> {
    let stop = (): void => undefined;
    const aborted = new Promise<never>((_resolve, reject) => {
      stop = () => reject(this.signal.reason as Error);
      if (this.signal.aborted) stop();
      this.signal.addEventListener('abort', stop);
    });
    try {
      return await Promise.race([promise, aborted]);
    } finally {
      this.signal.removeEventListener('abort', stop);
    }
  }

  /** Stops the clock until {@link whileAsking} or {@link resume} starts it again. */
  pause(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#leftMs -= Date.now() - this.#startedAt;
  }

  /** Starts the clock again with what was left. */
  resume(): void {
    if (this.#timer !== undefined || this.signal.aborted) return;
    this.#startedAt = Date.now();
    this.#timer = setTimeout(() => this.#expire(), Math.max(0, this.#leftMs));
  }

  [Symbol.dispose](): void {
    this.pause();
    this.#parent?.removeEventListener('abort', this.#cancel);
  }

  #expire(): void {
    const { host, place, missing } = this.#text();
    const why = missing === undefined ? '' : `: ${missing}`;
    const message = `${place} did not complete the SSH connection within ${this.#seconds} s${why}`;
    const hint = `Check the address and firewalls with \`ssh -v\`, or raise connect_timeout.`;
    this.#controller.abort(new ConnectError('timeout', message, { host, hint }));
  }

  readonly #cancel = (): void => {
    this.pause();
    this.#controller.abort(cancelledBy(this.#parent, this.#text().host));
  };
}

/** The error of an operation that the caller's signal ended. */
export function cancelledBy(signal: AbortSignal | undefined, host: string): Error {
  const reason: unknown = signal?.reason;
  return reason instanceof CancelledError
    ? reason
    : new CancelledError('The SSH connection was cancelled', { host, cause: reason });
}
