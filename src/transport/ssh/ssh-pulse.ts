// Notices a server that has gone without a word: the cable is out, the machine is frozen, a router forgot the connection.
import type { Duplex } from 'node:stream';

/** How long a server may be silent. */
export interface Patience {
  /** Seconds between two looks (ServerAliveInterval). */
  readonly seconds: number;
  /** Questions that may go unanswered (ServerAliveCountMax). */
  readonly count: number;
}

/** Where the configuration does not say: a dead server is noticed within a minute. */
export const usualPatience: Patience = { seconds: 15, count: 3 };

/** What is watched, and what is done. */
export interface PulseOptions extends Patience {
  /** Whatever comes from it is a sign of life, as it is for ssh. */
  readonly stream: Duplex;
  /** Asks the server for an answer, whatever it is. */
  readonly ask: () => void;
  /** Called once. */
  readonly dead: (why: string) => void;
}

/** Looks once in an interval, asks when nothing came since, and gives up after as many questions as are allowed. */
export class Pulse {
  readonly #options: PulseOptions;
  readonly #timer: NodeJS.Timeout;
  #heard = true;
  #unanswered = 0;

  constructor(options: PulseOptions) {
    this.#options = options;
    options.stream.on('data', this.#onData);
    this.#timer = setInterval(() => this.#look(), options.seconds * 1000).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#options.stream.off('data', this.#onData);
  }

  readonly #onData = (): void => {
    this.#heard = true;
  };

  #look(): void {
    const { seconds, count, ask, dead } = this.#options;
    if (this.#heard) this.#unanswered = 0;
    this.#heard = false;
    if (this.#unanswered >= count) {
      this.stop();
      dead(`no answer for ${seconds * (count + 1)} s`);
      return;
    }
    this.#unanswered += 1;
    ask();
  }
}
