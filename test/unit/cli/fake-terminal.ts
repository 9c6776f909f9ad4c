// Streams that stand in for the process's own, and remember what was written.
import { PassThrough, Writable } from 'node:stream';
import type { InputStream, OutputStream } from '../../../src/cli/terminal.ts';

/** An output that keeps its text. */
export function fakeOutput(options: { isTTY?: boolean; columns?: number } = {}) {
  const chunks: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, callback) {
      chunks.push(chunk.toString('utf8'));
      callback();
    },
  });
  return { stream: Object.assign(stream, options) as OutputStream, text: () => chunks.join('') };
}

/** An input that records when it was raw. */
export function fakeInput(isTTY = true) {
  const stream = new PassThrough();
  const raw: boolean[] = [];
  const input: InputStream = Object.assign(stream, {
    isTTY,
    isRaw: false,
    setRawMode: (mode: boolean) => {
      raw.push(mode);
      Object.assign(stream, { isRaw: mode });
    },
  });
  return {
    input,
    raw,
    type: (keys: string | Buffer) => void stream.write(keys),
    end: () => stream.end(),
  };
}

/** Lets what is waiting happen. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
