// One direction of a delayed connection: everything leaves in order, a fixed time after it came.
import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';

interface Held {
  readonly due: number;
  /** What {@link LinkOptions.left} answered when it came. */
  readonly turn: number;
  /** Undefined: the end of the stream. */
  readonly chunk: Buffer | undefined;
}

/** How a direction behaves. */
export interface LinkOptions {
  readonly delayMs: number;
  /** Moment (performance.now()) before which nothing of this side can have been sent. */
  readonly notBefore: number;
  /** Called with each chunk when its sender has sent it; answers what the sender knew by then. */
  readonly left: () => number;
  /** Called with that when the chunk arrives. */
  readonly arrived: (turn: number) => void;
}

export class DelayLink {
  readonly #to: Socket;
  readonly #options: LinkOptions;
  readonly #held: Held[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(from: Socket, to: Socket, options: LinkOptions) {
    this.#to = to;
    this.#options = options;
    from.on('data', (chunk: Buffer) => this.#hold(chunk));
    from.once('end', () => this.#hold(undefined));
  }

  #hold(chunk: Buffer | undefined): void {
    const due = Math.max(performance.now(), this.#options.notBefore) + this.#options.delayMs;
    this.#held.push({ due, chunk, turn: this.#options.left() });
    this.#timer ??= setTimeout(() => this.#release(), due - performance.now());
  }

  #release(): void {
    const now = performance.now();
    this.#to.cork();
    for (let next = this.#held[0]; next !== undefined && next.due <= now; next = this.#held[0]) {
      this.#held.shift();
      this.#deliver(next);
    }
    this.#to.uncork();
    const next = this.#held[0];
    this.#timer = next && setTimeout(() => this.#release(), next.due - now);
  }

  #deliver({ chunk, turn }: Held): void {
    if (chunk === undefined) {
      this.#to.end();
      return;
    }
    this.#options.arrived(turn);
    this.#to.write(chunk);
  }
}
