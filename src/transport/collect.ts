// Feeds a process and gathers what it prints, up to a cap.
import { finished } from 'node:stream';
import type { Readable, Writable } from 'node:stream';
import { Secret } from '../secret.ts';
import type { Command } from './command.ts';

/**
 * Gathers a stream. Past the cap it goes on reading, so that the process can end, but keeps nothing more.
 * @param maxBytes - most bytes that are kept
 * @param onOverflow - called once, when there was more
 */
export function collect(
  stream: Readable,
  maxBytes: number,
  onOverflow: () => void,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on('data', (chunk: Buffer) => {
    const before = size;
    size += chunk.length;
    if (size <= maxBytes) chunks.push(chunk);
    else if (before <= maxBytes) onOverflow();
  });
  return new Promise((resolve) => {
    finished(stream, { writable: false }, () => {
      resolve(Buffer.concat(chunks));
    });
  });
}

/**
 * Writes the input and closes stdin. A process that does not read all of its input is no failure (EPIPE), so errors of
 * stdin are dropped: its exit tells. Errors of a source stream are the caller's.
 */
export function feed(
  stdin: Writable,
  input: Command<unknown>['stdin'],
  onSourceError: (error: Error) => void,
): void {
  stdin.on('error', () => undefined);
  if (input === undefined) {
    stdin.end();
  } else if (input instanceof Secret) {
    stdin.end(input.reveal());
  } else if (typeof input === 'string' || input instanceof Uint8Array) {
    stdin.end(input);
  } else {
    feedStream(stdin, input, onSourceError);
  }
}

// Not pipeline(): when the source fails it closes stdin, and the process takes what came so far for the whole.
function feedStream(
  stdin: Writable,
  source: Readable,
  onSourceError: (error: Error) => void,
): void {
  let wanted = true;
  finished(source, { writable: false }, (error) => {
    if (error && wanted) onSourceError(error);
  });
  finished(stdin, { readable: false }, () => {
    wanted = false;
    source.destroy();
  });
  source.pipe(stdin);
}
