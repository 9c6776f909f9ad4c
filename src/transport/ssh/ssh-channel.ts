// One SSH channel's directions as well-behaved streams. ssh2's own never call back a write once the channel is closed.
import { Readable, Writable } from 'node:stream';
import type { ClientChannel } from 'ssh2';
import { writingTo } from './ssh-channel-sender.ts';
import type { ReceiveWindow } from './ssh-window.ts';

/** Bytes that a stream holds before it asks its writer, or the network, to wait: some packets of 32 KiB. */
export const highWaterMark = 256 * 1024;

/** The way to a process's stdin. Ending it half-closes the channel. */
export class ChannelWriter extends Writable {
  readonly #channel: ClientChannel;

  constructor(channel: ClientChannel) {
    super({ highWaterMark, ...writingTo(channel) });
    this.#channel = channel;
    // A process may end without reading all of its input; whoever writes is told, nobody else need listen.
    this.on('error', () => undefined);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#channel.end();
    done(error);
  }
}

/** One output of a channel. Stops reading from the network while its own reader is slow. */
export class ChannelReader extends Readable {
  readonly #source: Readable;
  readonly #window: ReceiveWindow | undefined;

  /** @param window - is renewed as this is read; without it the channel keeps ssh2's */
  constructor(source: Readable, window?: ReceiveWindow) {
    super({ highWaterMark });
    this.#source = source;
    this.#window = window;
    source.on('data', this.#onData);
    source.once('end', this.#onEnd);
    source.pause();
  }

  override _read(): void {
    this.#source.resume();
  }

  /** Ends now; what the network still brings is dropped. */
  finish(): void {
    this.#let();
    if (!this.destroyed && !this.readableEnded) this.push(null);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#let();
    done(error);
  }

  /** An output that nobody reads would hold up the end of the channel. */
  #let(): void {
    this.#source.removeListener('data', this.#onData);
    this.#source.removeListener('end', this.#onEnd);
    this.#source.resume();
  }

  readonly #onData = (chunk: Buffer): void => {
    if (!this.push(chunk)) this.#source.pause();
    this.#window?.renew();
  };

  readonly #onEnd = (): void => {
    this.push(null);
  };
}
