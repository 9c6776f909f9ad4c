// Lets the packets of one turn leave in one system call. ssh2 writes each in up to three parts, without delay on the way.
import type { Writable } from 'node:stream';

/** Past this many waiting bytes the other side had better begin to read. */
const enoughBytes = 128 * 1024;

const corked = new WeakSet<Writable>();

/**
 * From now on, what is written to a stream waits for the end of the turn, or until it is worth a system call. Nothing is
 * delayed by a timer. Safe to call twice.
 */
export function corkEachTurn(stream: Writable): void {
  if (corked.has(stream)) return;
  corked.add(stream);
  const write = stream.write.bind(stream) as (...args: unknown[]) => boolean;
  let held = false;
  const release = (): void => {
    if (!held) return;
    held = false;
    stream.uncork();
  };
  stream.write = (...args: unknown[]): boolean => {
    if (!held) {
      held = true;
      stream.cork();
      queueMicrotask(release);
    }
    const more = write(...args);
    if (stream.writableLength >= enoughBytes) release();
    return more;
  };
}
