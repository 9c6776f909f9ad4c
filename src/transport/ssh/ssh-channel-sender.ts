// The way out through one SSH channel: small pieces that come together leave in one packet, a slow network is waited for.
import { setMaxListeners } from 'node:events';
import type { Duplex, WritableOptions } from 'node:stream';
import type { ClientChannel } from 'ssh2';
import { corkEachTurn } from './ssh-channel-cork.ts';
import { internalsOf } from './ssh-channel-internals.ts';

/** The largest data packet that OpenSSH takes; a write of this size needs no company. */
const packetBytes = 32 * 1024;

/** ssh2 encrypts a whole write at once if the server lets it, which others would have to wait for. */
const pieceBytes = 1024 * 1024;

/** Bytes that may wait for the network, of all channels of a connection. */
const backlogBytes = 1024 * 1024;

type Done = (error?: Error | null) => void;

/** Writes to a closed channel fail like writes to a closed pipe. */
function brokenPipe(): Error {
  return Object.assign(new Error('The other side closed the channel'), { code: 'EPIPE' });
}

/**
 * What a stream that writes to a channel is made with. Ending it half-closes the channel; a write fails with `EPIPE` when
 * the channel closes before or during it.
 */
export function writingTo(
  channel: ClientChannel,
): Required<Pick<WritableOptions, 'write' | 'writev' | 'final'>> {
  const sender = new ChannelSender(channel);
  return {
    write: (chunk: Buffer, _encoding, done) => sender.write([chunk], done),
    writev: (chunks: { readonly chunk: Buffer }[], done) =>
      sender.write(joinSmall(chunks.map(({ chunk }) => chunk)), done),
    final: (done) => {
      channel.end();
      done();
    },
  };
}

/** Sends one write after the other, as streams bring them. */
class ChannelSender {
  readonly #channel: ClientChannel;
  /** Undefined when ssh2 does not show it. */
  readonly #socket: Duplex | undefined;
  #settle: Done | undefined;

  constructor(channel: ClientChannel) {
    this.#channel = channel;
    this.#socket = internalsOf(channel)?._client._sock;
    if (this.#socket) corkEachTurn(this.#socket);
    // ssh2 never calls back what was being written when the channel closed.
    channel.once('close', () => this.#settle?.(brokenPipe()));
  }

  /** `done` is called once, also when the channel closes in the middle. */
  write(buffers: readonly Buffer[], done: Done): void {
    const pieces = buffers.flatMap((buffer) => [...inPieces(buffer)]);
    const bytes = pieces.reduce((sum, piece) => sum + piece.length, 0);
    this.#settle = (error) => {
      this.#settle = undefined;
      // What is written in the same turn then finds this write unfinished, and all of it goes together.
      if (error || bytes >= packetBytes) done(error);
      else queueMicrotask(done);
    };
    this.#next(pieces, 0);
  }

  #next(pieces: readonly Buffer[], index: number): void {
    const piece = pieces[index];
    if (!this.#isWritable()) this.#settle?.(brokenPipe());
    else if (piece === undefined) this.#settle?.();
    else {
      this.#channel.write(piece, (error) => {
        if (error) this.#settle?.(error);
        else this.#whenSent(() => this.#next(pieces, index + 1));
      });
    }
  }

  #whenSent(go: () => void): void {
    const socket = this.#socket;
    if (socket === undefined || socket.writableLength < backlogBytes) {
      go();
      return;
    }
    // Every channel may wait.
    setMaxListeners(0, socket);
    socket.once('drain', go);
  }

  /** False once either side has closed the channel; ssh2 then drops what is written. */
  #isWritable(): boolean {
    return (this.#channel.outgoing as { readonly state: string }).state === 'open';
  }
}

/** Joins neighbours that are smaller than a packet; larger ones are not copied. */
export function joinSmall(chunks: readonly Buffer[]): readonly Buffer[] {
  const joined: Buffer[] = [];
  let small: Buffer[] = [];
  const flush = (): void => {
    const [first] = small;
    if (first !== undefined) joined.push(small.length === 1 ? first : Buffer.concat(small));
    small = [];
  };
  for (const chunk of chunks) {
    if (chunk.length >= packetBytes) flush();
    if (chunk.length >= packetBytes) joined.push(chunk);
    else small.push(chunk);
  }
  flush();
  return joined;
}

function* inPieces(buffer: Buffer): Generator<Buffer> {
  for (let at = 0; at < buffer.length; at += pieceBytes) {
    yield buffer.subarray(at, at + pieceBytes);
  }
}
