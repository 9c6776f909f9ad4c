// Where a command finds a session on a host: on the connection, or on a spare one where the server allows no more on it.
import { Berth, type Session } from './ssh-berth.ts';
import { isRefusal, type Carrier, type ExecOptions } from './ssh-connection.ts';

/** Connections to one host besides the first. */
const maxSpares = 8;

/** Milliseconds that a command waits for the end of another, once there can be no further connection. */
const longPatienceMs = 30_000;

/** Opens another connection to the same host without asking anybody. */
export type OpenSpare = () => Promise<Carrier>;

/**
 * The sessions of one host. A server's MaxSessions (10 by default, may be 1) is not told to clients, so a refusal is taken
 * for it while others of ours run, and for good where none does.
 */
export class SshSpares {
  readonly #first: Berth;
  readonly #open: OpenSpare | undefined;
  readonly #berths: Berth[];
  readonly #waiting = new Set<() => void>();
  #opening: Promise<Berth | undefined> | undefined;
  #isClosed = false;

  /** @param open - left out where there can be no other connection */
  constructor(first: Carrier, open: OpenSpare | undefined) {
    this.#first = new Berth(first);
    this.#berths = [this.#first];
    this.#open = open;
  }

  /**
   * Starts a command where there is room.
   * @throws ChannelRefusal when there is none
   * @throws ConnectError `lost`, CancelledError
   */
  async exec(command: string, options: ExecOptions): Promise<Session> {
    const giveUpAt = performance.now() + longPatienceMs;
    for (;;) {
      const berth = await this.#roomy();
      const wish = berth === undefined ? options : { ...options, patienceMs: berth.patienceMs };
      try {
        return await (berth ?? this.#first).exec(command, wish, this.#onFree);
      } catch (error) {
        if (!isFull(error)) throw error;
        const mayGoOn =
          berth === undefined
            ? await this.#freed(giveUpAt, options.signal)
            : berth === this.#first || berth.hasServed;
        if (!mayGoOn || performance.now() > giveUpAt) throw error;
        berth?.refused();
      }
    }
  }

  /** Closes the spare connections. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#opening;
    const spares = this.#berths.filter((berth) => berth !== this.#first);
    await Promise.all(spares.map(({ carrier }) => carrier.close()));
  }

  /** A connection with room, a new one if need be; undefined when there can be none. */
  async #roomy(): Promise<Berth | undefined> {
    // What is lost is told by the first connection, not hidden by another one.
    if (this.#first.carrier.ended.aborted) return this.#first;
    const roomy = this.#berths.find((berth) => berth.hasRoom);
    if (roomy !== undefined || this.#open === undefined || this.#isClosed) return roomy;
    if (this.#berths.length > maxSpares) return undefined;
    return (this.#opening ??= this.#spare(this.#open).finally(() => (this.#opening = undefined)));
  }

  async #spare(open: OpenSpare): Promise<Berth | undefined> {
    const carrier = await open().catch(() => undefined);
    if (carrier === undefined) return undefined;
    const berth: Berth = new Berth(carrier, () => void this.#drop(berth));
    carrier.ended.addEventListener('abort', () => void this.#drop(berth), { once: true });
    this.#berths.push(berth);
    return berth;
  }

  async #drop(berth: Berth): Promise<void> {
    const at = this.#berths.indexOf(berth);
    if (at >= 0) this.#berths.splice(at, 1);
    await berth.carrier.close();
  }

  readonly #onFree = (): void => {
    for (const wake of this.#waiting) wake();
  };

  /** Waits for the end of a session of ours; false when that takes too long, or there is none. */
  #freed(until: number, signal: AbortSignal | undefined): Promise<boolean> {
    if (this.#berths.every(({ live }) => live === 0)) return Promise.resolve(false);
    return new Promise((resolve) => {
      const settle = (freed: boolean): void => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        signal?.removeEventListener('abort', wake);
        resolve(freed);
      };
      const wake = (): void => settle(true);
      const timer = setTimeout(() => settle(false), Math.max(0, until - performance.now()));
      this.#waiting.add(wake);
      // What comes next sees that it was cancelled.
      signal?.addEventListener('abort', wake);
    });
  }
}

/** Reasons of a refused channel that another connection, or time, may cure (RFC 4254, 5.1): 2 is sshd past MaxSessions. */
function isFull(error: unknown): boolean {
  return isRefusal(error) && (error.reason === 2 || error.reason === 4);
}
