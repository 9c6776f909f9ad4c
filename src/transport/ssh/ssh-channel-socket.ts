// A forwarded SSH channel dressed as the socket that http.Agent and http's upgrade handling expect.
import { Duplex } from 'node:stream';
import type { ClientChannel } from 'ssh2';
import { highWaterMark } from './ssh-channel.ts';
import { writingTo } from './ssh-channel-sender.ts';
import { ReceiveWindow } from './ssh-window.ts';

/**
 * A connection to a socket on the host. Ending it half-closes; destroying it closes the channel at once.
 */
export class ChannelSocket extends Duplex {
  readonly connecting = false;
  readonly encrypted = false;
  readonly #channel: ClientChannel;

  constructor(channel: ClientChannel) {
    super({ allowHalfOpen: true, highWaterMark, ...writingTo(channel) });
    this.#channel = channel;
    const window = new ReceiveWindow(channel);
    channel.on('data', (chunk: Buffer) => {
      if (this.destroyed) return;
      if (!this.push(chunk)) channel.pause();
      window.renew();
    });
    channel.once('end', () => this.push(null));
    channel.once('close', () => this.#onClose());
    channel.on('error', (error: Error) => this.destroy(error));
    channel.stderr.resume();
    channel.pause();
  }

  override _read(): void {
    this.#channel.resume();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#channel.close();
    // An unread channel never ends, and sshd keeps it open.
    this.#channel.resume();
    done(error);
  }

  /** The other side is gone in both directions, so what is not written yet cannot be. */
  #onClose(): void {
    if (!this.destroyed && !this.writableEnded) this.end();
  }

  /** For http.Agent; the connection underneath has its own keepalive. */
  setKeepAlive(): this {
    return this;
  }

  /** For http.Agent; the connection underneath never delays. */
  setNoDelay(): this {
    return this;
  }

  /** For http.Agent; whoever waits has its own deadline. */
  setTimeout(): this {
    return this;
  }

  /** For http.Agent; the connection underneath keeps the process alive. */
  ref(): this {
    return this;
  }

  /** For http.Agent; the connection underneath keeps the process alive. */
  unref(): this {
    return this;
  }

  /** For http: ends, and closes when all is written. */
  destroySoon(): void {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once('finish', () => this.destroy());
  }
}
