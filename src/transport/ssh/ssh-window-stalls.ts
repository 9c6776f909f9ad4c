// Tells whether a channel is slow because its window is small, as opposed to a slow server, network or reader.

/** Less than this is not worth a larger window: 2 MiB carry 100 MB/s at 20 ms. */
const leastMs = 8;

/** The part of the time that the server has to have waited. */
const leastPart = 0.25;

/** Milliseconds from a grant to what it allowed. Below, 2 MiB carry 700 MB/s: whoever waits then waits for a processor. */
const farMs = 3;

/** The window as far as a grant renewed it. */
interface Grant {
  /** Position in the stream at which the server had no window left, if it came to it before this grant. */
  readonly end: number;
  readonly at: number;
}

/**
 * A server that has used up its window ends its last packet exactly where the window ended, which hardly happens
 * otherwise; and until the next grant has reached it, nothing comes. A slow network, and a slow reader, show no gap there.
 */
export class StallMeter {
  readonly #now: () => number;
  #received = 0;
  #grants: Grant[] = [];
  #leastTurnMs = Infinity;
  #dryAt: number | undefined;
  #stalledMs = 0;
  #measuredFrom: { readonly bytes: number; readonly at: number } | undefined;

  /** @param now - milliseconds of a clock that never goes back */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** To be told of each grant, before it is sent, with the window that the server still had. */
  granting(windowLeft: number): void {
    this.#grants.push({ end: this.#received + windowLeft, at: this.#now() });
  }

  /**
   * To be told of each packet as it comes.
   * @param windowBytes - the size of the whole window
   * @returns true when the window held up the last windowful
   */
  received(bytes: number, windowBytes: number): boolean {
    if (this.#dryAt !== undefined) this.#stalledMs += this.#now() - this.#dryAt;
    this.#dryAt = undefined;
    this.#received += bytes;
    this.#answered();
    if (this.#grants[0]?.end === this.#received) this.#dryAt = this.#now();
    this.#measuredFrom ??= { bytes: this.#received, at: this.#now() };
    if (this.#received - this.#measuredFrom.bytes < windowBytes) return false;
    const now = this.#now();
    const tookMs = now - this.#measuredFrom.at;
    const stalled =
      !this.isNear && this.#stalledMs >= leastMs && this.#stalledMs >= tookMs * leastPart;
    this.#measuredFrom = { bytes: this.#received, at: now };
    this.#stalledMs = 0;
    return stalled;
  }

  /** Whether a grant was once answered so soon that no window is too small for the way to this server. */
  get isNear(): boolean {
    return this.#leastTurnMs < farMs;
  }

  /** What lies behind the old end of the window cannot have left before the grant was there: a round trip, at least. */
  #answered(): void {
    for (;;) {
      const [oldest] = this.#grants;
      if (oldest === undefined || oldest.end >= this.#received) return;
      this.#leastTurnMs = Math.min(this.#leastTurnMs, this.#now() - oldest.at);
      this.#grants.shift();
    }
  }
}
