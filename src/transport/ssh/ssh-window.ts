// How much a server may send ahead on one channel. ssh2 allows 2 MiB, renewed at the half: 20 MB/s at 50 ms.
import { performance } from 'node:perf_hooks';
import type { Client, ClientChannel } from 'ssh2';
import { internalsOf, type ChannelInternals } from './ssh-channel-internals.ts';
import { StallMeter } from './ssh-window-stalls.ts';

const mebibyte = 1024 * 1024;

/** What ssh2 begins with, and keeps up by itself. */
const baseBytes = 2 * mebibyte;

/**
 * Not for all: sshd fills the window from its own reader if that is faster than the network, and copies what it holds
 * again and again. On loopback a window of 32 MiB cost it five times the time of 2 MiB.
 */
const largestBytes = 32 * mebibyte;

/**
 * An OpenSSH master reads what the server sends as fast as it comes and copies what its client has not taken yet again and
 * again: at 50 ms, 4 MiB are twice as fast as 2 MiB, and 8 MiB half as fast.
 */
const largestThroughMaster = 4 * mebibyte;

const masters = new WeakSet<object>();

/** To be told of a client that speaks to its server through an OpenSSH master. */
export function narrowWindows(client: Client): void {
  masters.add(client);
}

/**
 * What all channels of a process may allow above ssh2's own, so that many hosts at once do not add up. The more is lent,
 * the less the next one gets.
 */
export class WindowBudget {
  #free: number;

  constructor(bytes: number) {
    this.#free = bytes;
  }

  /** Lends at most `wanted` bytes and at most half of what is left. */
  take(wanted: number): number {
    const taken = Math.min(wanted, Math.floor(this.#free / 2));
    this.#free -= taken;
    return taken;
  }

  giveBack(bytes: number): void {
    this.#free += bytes;
  }
}

const sharedBudget = new WindowBudget(256 * mebibyte);

/**
 * Renews the window of a channel as its reader reads, and makes it four times as large while the distance to the server
 * holds it up. What waits unread and what the server may still send are together never more than the window, or ssh2's own
 * 4 MiB: a reader that stops costs at most 32 MiB, and all channels of a process 256 MiB above 4 MiB for each.
 */
export class ReceiveWindow {
  readonly #channel: ClientChannel;
  readonly #inside: ChannelInternals | undefined;
  readonly #budget: WindowBudget;
  readonly #stalls = new StallMeter(() => performance.now());
  #lent = 0;
  #refused = false;

  constructor(channel: ClientChannel, budget = sharedBudget) {
    this.#channel = channel;
    this.#budget = budget;
    this.#inside = internalsOf(channel);
    if (this.#inside === undefined) return;
    this.#watch(channel, this.#inside);
    this.#watch(this.#inside.stderr, this.#inside);
    channel.once('close', () => this.#budget.giveBack(this.#lent));
  }

  /** Bytes that the server may be ahead of the reader. */
  get size(): number {
    return baseBytes + this.#lent;
  }

  /** To be told whenever something was read from the channel. */
  renew(): void {
    if (this.#inside === undefined) return;
    const { incoming, outgoing, stderr, _client } = this.#inside;
    if (incoming.state !== 'open' || outgoing.state === 'closed') return;
    const unread = this.#channel.readableLength + stderr.readableLength;
    const missing = this.size - incoming.window - unread;
    // Not for each packet, and none at all for a command that prints little.
    if (missing < this.size / 4) return;
    this.#stalls.granting(incoming.window);
    incoming.window += missing;
    _client._protocol.channelWindowAdjust(outgoing.id, missing);
  }

  /** ssh2 subtracts a packet from the window and then pushes it, to either output. */
  #watch(stream: ChannelInternals['stderr'], { incoming }: ChannelInternals): void {
    const push = stream.push.bind(stream);
    stream.push = (chunk: Buffer | null, encoding?: BufferEncoding): boolean => {
      if (chunk === null) return push(chunk, encoding);
      if (incoming.window < 0) return this.#refuse();
      if (this.#stalls.received(chunk.length, this.size)) this.#grow();
      else if (this.#lent > 0 && this.#stalls.isNear) this.#shrink();
      return push(chunk, encoding);
    };
  }

  #grow(): void {
    const most =
      this.#inside && masters.has(this.#inside._client) ? largestThroughMaster : largestBytes;
    this.#lent += this.#budget.take(Math.min(3 * this.size, most - this.size));
  }

  /** What was taken for distance was a busy machine. What the server may still send, it may send. */
  #shrink(): void {
    this.#budget.giveBack(this.#lent);
    this.#lent = 0;
  }

  /** ssh2 keeps whatever comes. A server that does not mind the window would fill the memory of a slow reader. */
  #refuse(): true {
    if (!this.#refused) {
      this.#refused = true;
      this.#channel.close();
      this.#channel.emit('error', new Error('The server sent more than it was allowed to'));
    }
    return true;
  }
}
