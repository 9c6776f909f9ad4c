// Cuts a byte stream into lines of UTF-8 text.
import { StringDecoder } from 'node:string_decoder';

/**
 * Takes bytes as they come, gives whole lines. A character that is split between chunks stays whole; CRLF counts as a
 * line end; a line that is longer than the limit is given in pieces, so that memory stays bounded.
 */
export class LineSplitter {
  readonly #decoder = new StringDecoder('utf8');
  readonly #limit: number;
  #rest = '';

  /** @param limit - most UTF-16 units in a line; default 65,536 */
  constructor(limit = 64 * 1024) {
    this.#limit = limit;
  }

  /** Whether the next byte begins a line. */
  get atLineStart(): boolean {
    return this.#rest === '';
  }

  /** The lines that are complete now. */
  push(chunk: Uint8Array): string[] {
    const parts = (this.#rest + this.#decoder.write(Buffer.from(chunk))).split('\n');
    this.#rest = parts.pop() ?? '';
    const lines = parts.flatMap((line) => this.#pieces(line.replace(/\r$/, '')));
    while (this.#rest.length > this.#limit) {
      const cut = this.#cut(this.#rest);
      lines.push(this.#rest.slice(0, cut));
      this.#rest = this.#rest.slice(cut);
    }
    return lines;
  }

  /** The last line, when it has no line end. */
  end(): string[] {
    const last = this.#rest + this.#decoder.end();
    this.#rest = '';
    return last === '' ? [] : this.#pieces(last.replace(/\r$/, ''));
  }

  #pieces(line: string): string[] {
    if (line.length <= this.#limit) return [line];
    const cut = this.#cut(line);
    return [line.slice(0, cut), ...this.#pieces(line.slice(cut))];
  }

  /** Does not part the two halves of a character outside the basic plane. */
  #cut(line: string): number {
    const last = line.charCodeAt(this.#limit - 1);
    return last >= 0xd800 && last <= 0xdbff ? this.#limit - 1 : this.#limit;
  }
}
