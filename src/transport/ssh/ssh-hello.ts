// Listens in on how a server introduces itself, before anything is encrypted: what ssh2 keeps to itself.
import type { Duplex } from 'node:stream';
import { sanitizeLine } from '../../sanitize.ts';

/** What a server can do (SSH_MSG_KEXINIT; RFC 4253, 7.1), best first. */
export interface ServerOffer {
  readonly kex: readonly string[];
  readonly hostKey: readonly string[];
  readonly cipher: readonly string[];
  readonly mac: readonly string[];
}

/** Bytes that may come before the identification: ssh allows more, but nobody has so much to say. */
const maxPreamble = 256 * 1024;

/** Bytes of an identification and a KEXINIT together; OpenSSH's packets have at most 35,000 (RFC 4253, 6.1). */
const maxHello = maxPreamble + 64 * 1024;

const keptPreamble = 2000;
const identPattern = /^SSH-[^\n]*/m;
const kexInit = 20;

/** The first, unencrypted words of a server. */
export class ServerHello {
  /** Identification without its line end: `SSH-2.0-OpenSSH_9.2p1 Debian-2`. */
  ident: string | undefined;
  offer: ServerOffer | undefined;
  readonly #stream: Duplex;
  readonly #told: (ident: string) => void;
  readonly #tooMuch: () => void;
  #bytes = Buffer.alloc(0);

  /**
   * @param stream - paused, or read by somebody else as well; nothing is taken from it
   * @param told - called when the server has identified itself
   * @param tooMuch - called when it says more than a server should, and still not who it is
   */
  constructor(stream: Duplex, told: (ident: string) => void, tooMuch: () => void) {
    this.#stream = stream;
    this.#told = told;
    this.#tooMuch = tooMuch;
    stream.on('data', this.#onData);
  }

  /** What came in place of an identification, or before it, as one line that is safe to show. */
  get preamble(): string {
    const text = this.#bytes.toString('utf8', 0, keptPreamble);
    const before = this.ident === undefined ? text : text.slice(0, text.search(identPattern));
    return sanitizeLine(before.trim().replace(/\s*[\r\n]+\s*/g, '; '));
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    if (this.ident === undefined) this.#readIdent();
    if (this.ident !== undefined) this.#readOffer();
    if (this.ident === undefined && this.#bytes.length > maxPreamble) this.#give(this.#tooMuch);
    if (this.offer !== undefined || this.#bytes.length > maxHello) this.#give(() => undefined);
  };

  #give(last: () => void): void {
    this.#stream.off('data', this.#onData);
    last();
  }

  #readIdent(): void {
    const text = this.#bytes.toString('latin1');
    const found = identPattern.exec(text);
    const end = found === null ? -1 : text.indexOf('\n', found.index);
    if (found === null || end < 0) return;
    this.ident = text.slice(found.index, end).trimEnd();
    this.#told(this.ident);
  }

  #readOffer(): void {
    const text = this.#bytes.toString('latin1');
    const start = text.indexOf('\n', text.search(identPattern)) + 1;
    if (this.#bytes.length < start + 6) return;
    const length = this.#bytes.readUInt32BE(start);
    if (this.#bytes.length < start + 4 + length) return;
    const payload = this.#bytes.subarray(start + 5, start + 4 + length);
    if (payload[0] === kexInit) this.offer = offerOf(payload.subarray(17));
  }
}

/** Undefined when the lists do not fit into the packet. */
function offerOf(lists: Buffer): ServerOffer | undefined {
  const names: string[][] = [];
  for (let at = 0; names.length < 6;) {
    if (lists.length < at + 4) return undefined;
    const length = lists.readUInt32BE(at);
    if (lists.length < at + 4 + length) return undefined;
    names.push(lists.toString('latin1', at + 4, at + 4 + length).split(','));
    at += 4 + length;
  }
  const [kex = [], hostKey = [], , cipher = [], , mac = []] = names;
  return { kex, hostKey, cipher, mac };
}
