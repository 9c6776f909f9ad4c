// Which channels a master has opened for its client, because a master of any version dies of one that it has not.

/** The messages that tell (RFC 4254, 5.1). */
const open = 90;
const confirmation = 91;
const refusal = 92;

/**
 * Keeps count of the channels of one client in proxy mode. OpenSSH never forgets a channel that the server refused, and
 * when the client leaves, it tries to close it, finds no number to close it by, and ends ("no remote_id", channels.c and
 * nchan.c from 7.4 to 10.5 at least). That ends everybody's connections over this master. The same happens for a channel
 * that has no answer yet.
 */
export class OpenChannels {
  readonly #pending = new Set<number>();
  #refused = false;
  #waiting: (() => void)[] = [];

  /** Looks at a message that the client sends. */
  sent(message: Buffer): void {
    if (message[0] !== open) return;
    // The channel's type comes first, as a string.
    const at = 5 + message.readUInt32BE(1);
    this.#pending.add(message.readUInt32BE(at));
  }

  /** Looks at a message that the master sends. */
  received(message: Buffer): void {
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
