// Which channels a master has opened for its client, because a master of any version dies of one that it has not.

/** The messages that tell (RFC 4254, 5.1). */
const open = 90;
const confirmation = 91;
const refusal = 92;

/** What servers open for clients, so that they can say no to other kinds only when they are asked over the limit. */
const kinds = ['session', 'direct-tcpip', 'direct-streamlocal@openssh.com'];

/**
 * Keeps count of the channels of one client in proxy mode. OpenSSH never forgets a channel that the server refused, and
 * when the client leaves, it tries to close it, finds no number to close it by, and ends ("no remote_id", channels.c and
 * nchan.c from 7.4 to 10.5 at least). That ends everybody's connections over this master. The same happens for a channel
 * that has no answer yet.
 */
export class OpenChannels {
  readonly #pending = new Set<number>();
  readonly #held: number[] = [];
  #refused = false;
  #waiting: (() => void)[] = [];

  /**
   * Looks at a message that the client sends. False: it must not be sent, since every server refuses that kind of channel.
   * That is asked for a sign of life; the first word of the host about any channel is one too, and {@link received} then
   * gives the refusal.
   */
  sent(message: Buffer): boolean {
    if (message[0] !== open) return true;
    // The channel's type comes first, as a string.
    const at = 5 + message.readUInt32BE(1);
    const id = message.readUInt32BE(at);
    const isKnown = kinds.includes(message.toString('latin1', 5, at));
    if (isKnown) this.#pending.add(id);
    else this.#held.push(id);
    return isKnown;
  }

  /** Looks at a message that the master sends. Answers the messages that the client has to get before it. */
  received(message: Buffer): Buffer[] {
    this.#count(message);
    return this.#held.splice(0).map(refusalOf);
  }

  #count(message: Buffer): void {
    const type = message[0];
    if ((type !== confirmation && type !== refusal) || message.length < 5) return;
    this.#pending.delete(message.readUInt32BE(1));
    this.#refused ||= type === refusal;
    if (this.#pending.size > 0) return;
    for (const done of this.#waiting.splice(0)) done();
  }

  /** True when the master would end if its client left now. */
  get isDeadly(): boolean {
    return this.#refused || this.#pending.size > 0;
  }

  /** Waits until every channel has its answer. */
  async answered(milliseconds: number): Promise<void> {
    if (this.#pending.size === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#waiting.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}

/** CHANNEL_OPEN_FAILURE: unknown type, without a text. */
function refusalOf(id: number): Buffer {
  const message = Buffer.alloc(17);
  message[0] = refusal;
  message.writeUInt32BE(id, 1);
  message.writeUInt32BE(3, 5);
  return message;
}
