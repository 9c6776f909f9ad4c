// Which channels a master has opened for its client, because a master of any version dies of one that it has not.
import { isRequest, message, type MuxMessage } from './mux-messages.ts';

/** An open channel. */
interface OpenChannel {
  /** Its number at the server. */
  readonly remote: number;
  /** Requests without an answer yet. */
  awaited: number;
  /** The answer that comes next is to a request that the client knows nothing of. */
  hidden: boolean;
}

/**
 * Keeps count of the channels of one client in proxy mode. OpenSSH never forgets a channel that the server refused, and
 * when the client leaves, it tries to close it, finds no number to close it by, and ends ("no remote_id", channels.c and
 * nchan.c from 7.5 to 10.5 at least). That ends everybody's connections over this master. The same happens for a channel
 * that has no answer yet.
 */
export class OpenChannels {
  readonly #pending = new Set<number>();
  readonly #open = new Map<number, OpenChannel>();
  #refused = false;
  #waiting: (() => void)[] = [];

  /** True when the master would end if its client left now. */
  get isDeadly(): boolean {
    return this.#refused || this.isPending;
  }

  /** True while a channel has no answer. */
  get isPending(): boolean {
    return this.#pending.size > 0;
  }

  /** Counts a message of the client. Channels are numbered by the client here, and by the server in what it is told. */
  sent(type: number, body: Buffer): void {
    if (type === message.open) {
      this.#pending.add(body.readUInt32BE(5 + body.readUInt32BE(1)));
      return;
    }
    if (type !== message.close && type !== message.request) return;
    const [local, channel] = this.#byRemote(body.readUInt32BE(1));
    if (local === undefined || channel === undefined) return;
    if (type === message.close) this.#open.delete(local);
    else if (isRequest(body)) channel.awaited += 1;
  }

  /** Counts a message of the server. False: the client must not see it. */
  received({ type, channel: local, sender }: MuxMessage): boolean {
    const channel = this.#open.get(local);
    if (type === message.confirmation) {
      this.#open.set(local, { remote: sender ?? 0, awaited: 0, hidden: false });
    } else if (type === message.refusal) {
      this.#refused = true;
    } else if (type === message.close) {
      this.#open.delete(local);
    } else if (type === message.success || type === message.failure) {
      if (channel?.hidden === true) {
        channel.hidden = false;
        return false;
      }
      if (channel !== undefined) channel.awaited -= 1;
    }
    if (type === message.confirmation || type === message.refusal) this.#answered(local);
    return true;
  }

  /** Takes a channel on which nothing is awaited, for a request whose answer is then kept from the client. */
  takeQuiet(): number | undefined {
    for (const channel of this.#open.values()) {
      if (channel.awaited > 0 || channel.hidden) continue;
      channel.hidden = true;
      return channel.remote;
    }
    return undefined;
  }

  /** Waits until every channel has its answer. */
  async settled(milliseconds: number): Promise<void> {
    if (!this.isPending) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#waiting.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #answered(local: number): void {
    this.#pending.delete(local);
    if (this.isPending) return;
    for (const done of this.#waiting.splice(0)) done();
  }

  #byRemote(remote: number): [number, OpenChannel] | [] {
    for (const entry of this.#open) if (entry[1].remote === remote) return entry;
    return [];
  }
}
