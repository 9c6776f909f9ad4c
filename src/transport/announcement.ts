// The client's half of the bootstrap: drops what a login shell printed before the process announced itself.
import { Transform, type TransformCallback } from 'node:stream';

/** Bytes kept of what came before the announcement: enough to say why it never came. */
const preambleBytes = 4096;

/**
 * Passes on what follows the line `TOKEN:PID` and drops everything up to it. Where the line never comes, nothing is
 * passed on, or, with `keepPreamble`, the last 4,096 bytes are.
 */
export class AnnouncementGate extends Transform {
  /** The process id on the host; undefined when the stream ended without one. Never rejects. */
  readonly pid: Promise<number | undefined>;
  readonly #token: string;
  readonly #keepPreamble: boolean;
  #resolvePid!: (pid: number | undefined) => void;
  #preamble = Buffer.alloc(0);
  #open = false;
  #echoed = false;

  constructor(token: string, options: { keepPreamble?: boolean } = {}) {
    super();
    this.#token = token;
    this.#keepPreamble = options.keepPreamble ?? false;
    this.pid = new Promise((resolve) => (this.#resolvePid = resolve));
  }

  /** Whether the process announced itself. */
  get isOpen(): boolean {
    return this.#open;
  }

  /** Whether the host repeated the script, in which the token stands in halves; its input may then follow. */
  get isEchoed(): boolean {
    return this.#echoed;
  }

  /** The end of what came before the announcement. */
  get preamble(): string {
    return this.#preamble.toString('utf8');
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    if (this.#open) {
      done(null, chunk);
      return;
    }
    const seen = Buffer.concat([this.#preamble, chunk]);
    const line = this.#find(seen);
    if (line === undefined) {
      this.#echoed ||= seen.includes(this.#token.slice(0, this.#token.length / 2));
      this.#preamble = seen.subarray(-preambleBytes);
      done();
      return;
    }
    this.#open = true;
    this.#preamble = seen.subarray(0, line.start);
    this.#resolvePid(line.pid);
    if (line.end < seen.length) this.push(seen.subarray(line.end));
    done();
  }

  override _flush(done: TransformCallback): void {
    this.#resolvePid(undefined);
    if (!this.#open && this.#keepPreamble) this.push(this.#preamble);
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#resolvePid(undefined);
    done(error);
  }

  #find(seen: Buffer): { start: number; end: number; pid: number } | undefined {
    const start = seen.indexOf(this.#token);
    const end = start < 0 ? -1 : seen.indexOf('\n', start);
    if (end < 0) return undefined;
    const pid = Number(seen.toString('latin1', start + this.#token.length + 1, end).trim());
    return { start, end: end + 1, pid };
  }
}
