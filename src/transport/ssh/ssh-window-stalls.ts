// Tells whether a channel is slow because its window is small, as opposed to a slow server, network or reader.

/** Less than this is not worth a larger window: 2 MiB carry 100 MB/s at 20 ms. */
const leastMs = 8;

/** The part of the time that the server has to have waited. */
const leastPart = 0.25;

/**
 * A server that has used up its window ends its last packet exactly where the window ended, which hardly happens
 * otherwise; and until the next grant has reached it, nothing comes. A slow network, and a slow reader, show no gap there.
 */
export class StallMeter {
  readonly #now: () => number;
  #received = 0;
  /** Positions in the stream at which the server had no window left, if it came to them before the next grant. */
  #ends: number[] = [];
  #dryAt: number | undefined;
  #stalledMs = 0;
  #measuredFrom: { readonly bytes: number; readonly at: number } | undefined;

  /** @param now - milliseconds of a clock that never goes back */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** To be told of each grant, before it is sent, with the window that the server still had. */
  granting(windowLeft: number): void {
    this.#ends.push(this.#received + windowLeft);
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
    while ((this.#ends[0] ?? Infinity) < this.#received) this.#ends.shift();
    if (this.#ends[0] === this.#received) this.#dryAt = this.#now();
    this.#measuredFrom ??= { bytes: this.#received, at: this.#now() };
    if (this.#received - this.#measuredFrom.bytes < windowBytes) return false;
    const now = this.#now();
    const tookMs = now - this.#measuredFrom.at;
    const stalled = this.#stalledMs >= leastMs && this.#stalledMs >= tookMs * leastPart;
    this.#measuredFrom = { bytes: this.#received, at: now };
    this.#stalledMs = 0;
    return stalled;
  }
}
