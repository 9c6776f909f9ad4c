// What the SSH connections of one run share: jump hosts, and how many of them log in to a server at a time.
import { setTimeout as delay } from 'node:timers/promises';
import PQueue from 'p-queue';
import type { Carrier } from './ssh-connection.ts';
import { cancelledBy } from './ssh-deadline.ts';
import { forHost, SharedCarrier } from './ssh-shared.ts';

/** Logins to one server at a time. sshd drops connections at random from the 10th that has not logged in (MaxStartups). */
const loginsAtOnce = 8;

/** A server that drops connections gets fewer at a time, down to this. */
const fewestAtOnce = 2;

/** Opens a jump host's connection; the signal is aborted when nobody wants it any more. */
export type OpenCarrier = (signal: AbortSignal) => Promise<Carrier>;

interface Shared {
  readonly carrier: Promise<Carrier>;
  readonly stop: AbortController;
  users: number;
}

/** For one run of occ. Everything in it belongs to one person: one environment, one who is asked. */
export class SshPool {
  readonly #shared = new Map<string, Shared>();
  readonly #logins = new Map<string, PQueue>();

  /**
   * A connection that all who ask with the same key have together. It is closed when the last of them has closed theirs;
   * one that is lost, or did not come about, is opened anew for who asks next.
   * @param key - names everything that makes connections differ
   * @param host - inventory name of the host that it is for, in errors
   * @param signal - ends the waiting, and the attempt when nobody else waits
   */
  async share(
    key: string,
    open: OpenCarrier,
    { host, signal }: { host: string; signal?: AbortSignal | undefined },
  ): Promise<{ carrier: Carrier; isNew: boolean }> {
    const known = this.#shared.get(key);
    const shared = known ?? this.#open(key, open);
    shared.users += 1;
    const release = (): Promise<void> => this.#release(key, shared);
    try {
      const carrier = await orAborted(shared.carrier, signal, host);
      return { carrier: new SharedCarrier(carrier, host, release), isNew: known === undefined };
    } catch (error) {
      await release();
      throw forHost(error, host);
    }
  }

  /**
   * Does the work when fewer than eight others log in to the same server.
   * @param server - names the server
   */
  async login<T>(server: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    return this.#queueOf(server).add(work, { signal });
  }

  /** The server dropped a connection: fewer at a time from now on. */
  dropped(server: string): void {
    const queue = this.#queueOf(server);
    queue.concurrency = Math.max(fewestAtOnce, Math.floor(queue.concurrency / 2));
  }

  #queueOf(server: string): PQueue {
    const known = this.#logins.get(server);
    if (known !== undefined) return known;
    const made = new PQueue({ concurrency: loginsAtOnce });
    this.#logins.set(server, made);
    return made;
  }

  #open(key: string, open: OpenCarrier): Shared {
    const stop = new AbortController();
    const shared: Shared = { carrier: open(stop.signal), stop, users: 0 };
    this.#shared.set(key, shared);
    const forget = (): void => {
      if (this.#shared.get(key) === shared) this.#shared.delete(key);
    };
    shared.carrier.then(({ ended }) => {
      ended.addEventListener('abort', forget);
      if (ended.aborted) forget();
    }, forget);
    return shared;
  }

  async #release(key: string, shared: Shared): Promise<void> {
    shared.users -= 1;
    if (shared.users > 0) return;
    if (this.#shared.get(key) === shared) this.#shared.delete(key);
    shared.stop.abort();
    const carrier = await shared.carrier.catch(() => undefined);
    await carrier?.close();
  }
}

/** Milliseconds before another attempt on a server that drops connections; others wait as well, so it is drawn. */
export function backOff(attempt: number, signal: AbortSignal): Promise<void> {
  const ms = Math.min(1000, 100 * 2 ** (attempt - 1)) * (0.5 + Math.random());
  return delay(ms, undefined, { signal });
}

function orAborted<T>(
  promise: Promise<T>,
  signal: AbortSignal | undefined,
  host: string,
): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(cancelledBy(signal, host));
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
