// Listens to what a helper process says on stderr and keeps the end of it.
import { finished } from 'node:stream';
import type { Readable } from 'node:stream';

const keptCharacters = 4096;

/** The last 4,096 characters of a stream, and a way to wait for a word in it. */
export class StderrTail {
  text = '';
  readonly #stream: Readable;

  constructor(stream: Readable) {
    this.#stream = stream;
    stream.setEncoding('utf8');
    stream.on('data', (chunk: string) => {
      this.text = (this.text + chunk).slice(-keptCharacters);
    });
  }

  /** Waits until the text matches; false when the stream ended without. */
  says(sign: RegExp): Promise<boolean> {
    return new Promise((resolve) => {
      const look = () => {
        if (!sign.test(this.text)) return;
        this.#stream.off('data', look);
        resolve(true);
      };
      this.#stream.on('data', look);
      finished(this.#stream, { writable: false }, () => resolve(sign.test(this.text)));
      look();
    });
  }
}
