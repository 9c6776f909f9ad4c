// A connection that was kept: used at once, and exchanged for a new one when the host does not answer on it.
import type { Client, ClientChannel } from 'ssh2';
import type { Duplex } from 'node:stream';
import { setMaxListeners } from 'node:events';
import {
  SshConnection,
  type Carrier,
  type ChannelOptions,
  type ExecOptions,
} from '../ssh/ssh-connection.ts';
import type { SshPlace } from '../ssh/ssh-place.ts';
import { probe } from '../ssh/ssh2-probe.ts';

/** What a kept connection is made from. */
export interface KeptParts {
  /** As a master lends it. */
  readonly client: Client;
  readonly socket: Duplex;
  readonly place: SshPlace;
  /** Milliseconds that the host has for a sign of life. */
  readonly patienceMs: number;
  /** Called once when there was none: ends the master if it may, and connects anew. */
  readonly replace: () => Promise<Carrier>;
}

/**
 * A master does not notice that its host went away while this machine slept, or while a network was changed: what is
 * opened through it then hangs. So the host is asked for a sign of life, in front of the first channel and without
 * waiting for the answer. The host answers in order: as long as there is no sign, no channel was opened and nothing ran,
 * and it can be asked for again elsewhere.
 */
export class KeptConnection implements Carrier {
  readonly place: SshPlace;
  readonly ended: AbortSignal;
  readonly #ended = new AbortController();
  readonly #parts: KeptParts;
  /** True at the sign of life, false when there is none. */
  readonly #alive: Promise<boolean>;
  #current: Carrier;
  /** Set with the sign of life, and when the connection was replaced. */
  #settled = false;
  #closed = false;
  #replaced: Promise<Carrier> | undefined;

  constructor(parts: KeptParts) {
    this.place = parts.place;
    this.ended = this.#ended.signal;
    setMaxListeners(0, this.ended);
    this.#parts = parts;
    const first = new SshConnection(parts.client, parts.socket, parts.place);
    this.#current = first;
    this.#alive = this.#prove(first);
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  exec(command: string, options: ExecOptions = {}): Promise<ClientChannel> {
    return this.#open((carrier) => carrier.exec(command, options));
  }

  forwardTcp(address: string, port: number, options: ChannelOptions = {}): Promise<ClientChannel> {
    return this.#open((carrier) => carrier.forwardTcp(address, port, options));
  }

  forwardUnix(path: string, options: ChannelOptions = {}): Promise<ClientChannel> {
    return this.#open((carrier) => carrier.forwardUnix(path, options));
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#current.close();
    await this.#replaced?.then((carrier) => carrier.close()).catch(() => undefined);
  }

  async #open(open: (carrier: Carrier) => Promise<ClientChannel>): Promise<ClientChannel> {
    if (this.#settled) return open(this.#current);
    const attempt = open(this.#current).then(
      (channel) => ({ channel }),
      (error: unknown) => ({ error }),
    );
    const dead = this.#alive.then((alive) => (alive ? attempt : undefined));
    const outcome = await Promise.race([attempt, dead]);
    if (outcome !== undefined && 'channel' in outcome) return outcome.channel;
    if (outcome !== undefined && (this.#closed || (await this.#alive))) throw outcome.error;
    return open(await this.#replacement());
  }

  /** Settles the question once: by the host's answer, the end of the time, or the end of the connection. */
  #prove(first: SshConnection): Promise<boolean> {
    const { client, socket, patienceMs } = this.#parts;
    return new Promise((resolve) => {
      let settled = false;
      const settle = (alive: boolean): void => {
        if (settled) return;
        settled = true;
        clearTimeout(timer);
        first.ended.removeEventListener('abort', onEnd);
        if (alive) this.#follow(first);
        // At once: a late answer must not start what is then started elsewhere.
        else socket.destroy();
        resolve(alive);
      };
      const onEnd = (): void => settle(false);
      const timer = setTimeout(onEnd, patienceMs);
      first.ended.addEventListener('abort', onEnd);
      void probe(client).then(() => settle(true), onEnd);
      if (first.ended.aborted) onEnd();
    });
  }

  #replacement(): Promise<Carrier> {
    this.#replaced ??= this.#parts.replace().then(
      (carrier) => {
        this.#follow(carrier);
        return carrier;
      },
      (error: unknown) => {
        this.#ended.abort(error);
        throw error;
      },
    );
    return this.#replaced;
  }

  /** From now on this is the connection. */
  #follow(carrier: Carrier): void {
    this.#current = carrier;
    this.#settled = true;
    const end = (): void => this.#ended.abort(carrier.ended.reason);
    carrier.ended.addEventListener('abort', end);
    if (carrier.ended.aborted) end();
  }
}
