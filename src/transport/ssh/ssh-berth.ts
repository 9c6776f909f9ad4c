// One connection to a host and its room for sessions: how many it took, whether it rests, when nobody has used it for long.
import type { ClientChannel } from 'ssh2';
import type { Carrier, ExecOptions } from './ssh-connection.ts';

/**
 * Milliseconds that a refused session is tried again for where there may be another connection: where few run, the server
 * allows few; where many run, one of them will end soon.
 */
const patienceMs = { few: 300, many: 3000 };

/** From this many sessions on they are many. */
const many = 4;

/** Milliseconds until a connection is tried again that refused although nothing of ours runs on it. */
const restMs = 1000;

/** Milliseconds that a spare connection without a command stays open. */
const idleMs = 30_000;

/** A session, and the connection that it is on. */
export interface Session {
  readonly channel: ClientChannel;
  readonly carrier: Carrier;
}

/** One connection, and what is known of its room. A server tells its limit by refusals only. */
export class Berth {
  readonly carrier: Carrier;
  live = 0;
  /** Whether it ever had a session. */
  hasServed = false;
  /** How many sessions there were when one more was refused. */
  #fullAt = Number.POSITIVE_INFINITY;
  #restsUntil = 0;
  #idle: NodeJS.Timeout | undefined;
  readonly #onIdle: (() => void) | undefined;

  /** @param onIdle - called when it has had no session for a while */
  constructor(carrier: Carrier, onIdle?: () => void) {
    this.carrier = carrier;
    this.#onIdle = onIdle;
  }

  /** False while it rests after a refusal, or has as many sessions as when it refused one more. */
  get hasRoom(): boolean {
    const isResting = performance.now() < this.#restsUntil;
    return !this.carrier.ended.aborted && !isResting && this.live < this.#fullAt;
  }

  /** Milliseconds that a session is asked for here before another connection is. */
  get patienceMs(): number {
    return this.live < many ? patienceMs.few : patienceMs.many;
  }

  /** Notes a refusal. sshd frees a session some time after its end; one that never had any will not have one. */
  refused(): void {
    if (this.live > 0) this.#fullAt = this.live;
    else this.#restsUntil = this.hasServed ? performance.now() + restMs : Number.POSITIVE_INFINITY;
  }

  /** Starts a command; `onFree` is called when its session has ended. Rejects as {@link Carrier} does. */
  async exec(command: string, options: ExecOptions, onFree: () => void): Promise<Session> {
    clearTimeout(this.#idle);
    const channel = await this.carrier.exec(command, options);
    this.live += 1;
    this.hasServed = true;
    channel.once('close', () => {
      this.live -= 1;
      if (this.live === 0 && this.#onIdle !== undefined) {
        this.#idle = setTimeout(this.#onIdle, idleMs).unref();
      }
      onFree();
    });
    return { channel, carrier: this.carrier };
  }
}
