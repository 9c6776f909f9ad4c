// Asks a server through a master for a sign of life, without a channel that it would refuse.
import { OpenChannels } from './mux-open-channels.ts';
import {
  closeChannel,
  headBytes,
  keepalive,
  message,
  openSession,
  packetOf,
  readMessage,
  readOpen,
  refusalOf,
} from './mux-messages.ts';

/** What clients of occ open; any other kind asks for a sign of life (ssh2-probe.ts). */
const kinds = ['session', 'direct-tcpip', 'direct-streamlocal@openssh.com'];

/** Milliseconds in which a channel is usually opened; its answer is the sign then, and nothing else need be asked. */
const usuallyMs = 500;

/** Above all numbers that ssh2 gives. */
const ownChannels = 0x7000_0000;

/**
 * Stands between a client and its master. A question for a sign of life is a channel that every server refuses: the master
 * would end of it. So it is kept here, something harmless is asked instead, and the client gets its refusal before
 * the next word of the server.
 */
export class SignOfLife {
  readonly channels = new OpenChannels();
  readonly #send: (packet: Buffer) => void;
  readonly #questions: number[] = [];
  #next = ownChannels;
  #timer: NodeJS.Timeout | undefined;

  /** @param send - sends a packet to the master */
  constructor(send: (packet: Buffer) => void) {
    this.#send = send;
  }

  /** Sends a packet of the client, or does in its place what it is meant to do. */
  sent(packet: Buffer): void {
    const body = packet.subarray(headBytes);
    const type = body[0] ?? 0;
    if (type === message.open) {
      const { kind, channel } = readOpen(body);
      if (!kinds.includes(kind)) {
        this.#ask(channel);
        return;
      }
    }
    this.channels.sent(type, body);
    this.#send(packet);
  }

  /**
   * Answers what the client has to get for a message of the server, in this order.
   * @throws MuxError `protocol`
   */
  received(body: Buffer): Buffer[] {
    const seen = readMessage(body);
    const answers = this.#questions.splice(0).map(refusalOf);
    const forClient = this.channels.received(seen);
    if (seen.channel < ownChannels) return forClient ? [...answers, body] : answers;
    // The session has said what it was for.
    if (seen.sender !== undefined) this.#sendOwn(closeChannel(seen.sender));
    return answers;
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #ask(channel: number): void {
    this.#questions.push(channel);
    const quiet = this.channels.takeQuiet();
    if (quiet !== undefined) {
      this.#send(packetOf(keepalive(quiet)));
      return;
    }
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#askBySession(), usuallyMs).unref();
  }

  /** Where nothing else is opened, a session is free. */
  #askBySession(): void {
    if (this.#questions.length === 0 || this.channels.isPending) return;
    this.#next += 1;
    this.#sendOwn(openSession(this.#next));
  }

  #sendOwn(body: Buffer): void {
    this.channels.sent(body[0] ?? 0, body);
    this.#send(packetOf(body));
  }
}
