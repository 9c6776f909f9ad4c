// Bounds the commands that run at once on one SSH connection, so that sshd's MaxSessions (10 by default) is not met.
import { setTimeout as delay } from 'node:timers/promises';
import PQueue from 'p-queue';
import type { ClientChannel } from 'ssh2';

/** sshd frees the slot of a command some time after its end: at 10 at once a third of them is refused, at 4 none. */
const shortAtOnce = 4;

/**
 * A command that still runs after this many milliseconds counts as long-lived and no longer keeps others waiting:
 * else four followed logs would stop everything else.
 */
const shortMs = 1000;

/**
 * Milliseconds that a refused command is tried again for: while others of ours run, and while none does. One that ends
 * a process has another way, which should not come late.
 */
const patienceMs = { busy: 5000, idle: 1500, urgent: 1500 };

/** Reasons of a refused channel that time may cure (RFC 4254, 5.1): 2 is what sshd says past MaxSessions. */
const passing: readonly unknown[] = [2, 4];

/** Opens one channel; rejects with ssh2's error, which carries the server's reason. */
export type OpenChannel = () => Promise<ClientChannel>;

/** How a session waits for its turn. */
export interface SessionOptions {
  readonly signal?: AbortSignal | undefined;
  /** Goes before everything that waits: for ending a process. */
  readonly urgent?: boolean;
  /** Milliseconds that a refused one is tried again for. Default: some seconds. */
  readonly patienceMs?: number | undefined;
}

/** The sessions of one connection. */
export class SshSessions {
  readonly #queue = new PQueue({ concurrency: shortAtOnce });
  readonly #live = new Set<ClientChannel>();

  /** Opens a session when there is room. */
  async open(open: OpenChannel, options: SessionOptions): Promise<ClientChannel> {
    const free = await this.#slot(options.signal, options.urgent === true ? 1 : 0);
    try {
      const channel = await this.#openPatiently(open, options);
      const over = this.#track(channel);
      void Promise.race([over, delay(shortMs, undefined, { ref: false })]).then(free);
      return channel;
    } catch (error) {
      free();
      throw error;
    }
  }

  /** Waits for one of the slots; answers how to give it back. */
  #slot(signal: AbortSignal | undefined, priority: number): Promise<() => void> {
    return new Promise((resolve, reject) => {
      const held = (): Promise<void> => new Promise((free) => resolve(free));
      this.#queue
        .add(held, { priority, ...(signal === undefined ? {} : { signal }) })
        .catch(reject);
    });
  }

  #track(channel: ClientChannel): Promise<void> {
    this.#live.add(channel);
    return new Promise((resolve) => {
      channel.once('close', () => {
        this.#live.delete(channel);
        resolve();
      });
    });
  }

  async #openPatiently(
    open: OpenChannel,
    { signal, urgent, patienceMs: wanted }: SessionOptions,
  ): Promise<ClientChannel> {
    const startedAt = Date.now();
    for (let pause = 20; ; pause = Math.min(pause * 2, 500)) {
      signal?.throwIfAborted();
      try {
        return await open();
      } catch (error) {
        const { reason } = error as { reason?: unknown };
        const others = this.#live.size > 0 ? patienceMs.busy : patienceMs.idle;
        const patience = wanted ?? (urgent === true ? patienceMs.urgent : others);
        if (!passing.includes(reason) || Date.now() - startedAt > patience) throw error;
      }
      await delay(pause, undefined, { ref: false });
    }
  }
}
