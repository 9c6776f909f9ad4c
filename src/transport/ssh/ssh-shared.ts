// One host's part in a connection that several hosts use.
import type { ClientChannel } from 'ssh2';
import { ConnectError } from '../../errors.ts';
import type { Carrier, ChannelOptions, ExecOptions } from './ssh-connection.ts';
import type { SshPlace } from './ssh-place.ts';

/** Closing it leaves the connection to the others; the last one closes it. */
export class SharedCarrier implements Carrier {
  readonly place: SshPlace;
  readonly #carrier: Carrier;
  readonly #release: () => Promise<void>;
  readonly #host: string;
  #closing: Promise<void> | undefined;

  /** @param host - inventory name of the host whose part it is */
  constructor(carrier: Carrier, host: string, release: () => Promise<void>) {
    this.place = { ...carrier.place, host };
    this.#carrier = carrier;
    this.#host = host;
    this.#release = release;
  }

  get ended(): AbortSignal {
    return this.#carrier.ended;
  }

  get isClosed(): boolean {
    return this.#closing !== undefined || this.#carrier.isClosed;
  }

  exec(command: string, options?: ExecOptions): Promise<ClientChannel> {
    return this.#mine(this.#carrier.exec(command, options));
  }

  forwardTcp(address: string, port: number, options?: ChannelOptions): Promise<ClientChannel> {
    return this.#mine(this.#carrier.forwardTcp(address, port, options));
  }

  forwardUnix(path: string, options?: ChannelOptions): Promise<ClientChannel> {
    return this.#mine(this.#carrier.forwardUnix(path, options));
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#release());
  }

  /** The same failure, told of this host. */
  async #mine<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      throw forHost(error, this.#host);
    }
  }
}

/** What went wrong for one host went wrong for another one as well. */
export function forHost(error: unknown, host: string): unknown {
  if (!(error instanceof ConnectError) || error.host === host) return error;
  const { reason, message, hint } = error;
  return new ConnectError(reason, message, { host, hint, cause: error });
}
