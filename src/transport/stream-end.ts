// Waits for the end of an output.
import { finished, type Readable } from 'node:stream';

/** Settles when a stream has ended or broken off: how, its process's exit tells. Never rejects. */
export function over(stream: Readable): Promise<void> {
  return new Promise((resolve) => {
    finished(stream, { writable: false }, () => resolve());
  });
}
