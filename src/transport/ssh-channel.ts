// One SSH channel's directions as well-behaved streams. ssh2's own never call back a write once the channel is closed.
import { Readable, Writable } from 'node:stream';
import type { ClientChannel } from 'ssh2';

/** Writes to a closed channel fail like writes to a closed pipe. */
function brokenPipe(): Error {
  return Object.assign(new Error('The other side closed the channel'), { code: 'EPIPE' });
}

/** False once either side has closed the channel; ssh2 then drops what is written. */
function isWritable(channel: ClientChannel): boolean {
  return (channel.outgoing as { readonly state: string }).state === 'open';
}

/**
 * Hands one write on, with the channel's own backpressure. `done` is called once, also when the channel closes in the
 * middle.
 */
export function writeToChannel(
  channel: ClientChannel,
  chunk: Buffer,
  done: (error?: Error | null) => void,
): void {
  if (!isWritable(channel)) {
    done(brokenPipe());
    return;
  }
  const onClose = (): void => done(brokenPipe());
  channel.once('close', onClose);
  channel.write(chunk, (error) => {
    channel.removeListener('close', onClose);
    done(error);
  });
}

/** The way to a process's stdin. Ending it half-closes the channel. */
export class ChannelWriter extends Writable {
  readonly #channel: ClientChannel;

  constructor(channel: ClientChannel) {
    super();
    this.#channel = channel;
    // A process may end without reading all of its input; whoever writes is told, nobody else need listen.
    this.on('error', () => undefined);
  }

  override _write(
    chunk: Buffer,
    _encoding: BufferEncoding,
    done: (error?: Error | null) => void,
  ): void {
    writeToChannel(this.#channel, chunk, done);
  }

  override _final(done: () => void): void {
    this.#channel.end();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#channel.end();
    done(error);
  }
}

/** One output of a channel. Stops reading from the network while its own reader is slow. */
export class ChannelReader extends Readable {
  readonly #source: Readable;

  constructor(source: Readable) {
    super();
    this.#source = source;
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
  };

  readonly #onEnd = (): void => {
    this.push(null);
  };
}
