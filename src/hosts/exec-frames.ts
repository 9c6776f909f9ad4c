// Takes apart the one stream in which Docker sends a process's two outputs (Docker Engine API v1.41, ContainerAttach).
import { PassThrough, finished } from 'node:stream';
import type { Readable } from 'node:stream';

const headerLength = 8;
const stderrType = 2;

/** The outputs of a process, and whether the stream ended where one may. */
export interface ExecOutputs {
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Settles when the stream is over: undefined at its proper end, else why it broke off. Never rejects. */
  readonly broken: Promise<Error | undefined>;
}

/** Splits frames (type, three zero bytes, length in 32 bits big-endian, payload) without reading ahead of its readers. */
export function splitFrames(source: Readable): ExecOutputs {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const broken = pump(source, stdout, stderr)
    .catch((error: unknown) => error as Error)
    .finally(() => {
      stdout.end();
      stderr.end();
    });
  return { stdout, stderr, broken };
}

/** The outputs of a process with a terminal: one stream, no frames. */
export function wholeStream(source: Readable): ExecOutputs {
  const stderr = new PassThrough();
  stderr.end();
  const broken = new Promise<Error | undefined>((resolve) => {
    finished(source, { writable: false }, (error) => resolve(error ?? undefined));
  });
  return { stdout: source, stderr, broken };
}

async function pump(
  source: Readable,
  stdout: PassThrough,
  stderr: PassThrough,
): Promise<undefined> {
  let header = Buffer.alloc(0);
  let remaining = 0;
  let target = stdout;
  for await (const chunk of source as AsyncIterable<Buffer>) {
    let rest = chunk;
    while (rest.length > 0) {
      if (remaining > 0) {
        const payload = rest.subarray(0, remaining);
        rest = rest.subarray(payload.length);
        remaining -= payload.length;
        await write(target, payload);
        continue;
      }
      const missing = headerLength - header.length;
      header = Buffer.concat([header, rest.subarray(0, missing)]);
      rest = rest.subarray(missing);
      if (header.length < headerLength) continue;
      ({ target, remaining } = readHeader(header, stdout, stderr));
      header = Buffer.alloc(0);
    }
  }
  if (remaining > 0 || header.length > 0) throw new Error('the stream broke off inside a frame');
  return undefined;
}

function readHeader(header: Buffer, stdout: PassThrough, stderr: PassThrough) {
  const type = header.readUInt8(0);
  if (type > stderrType || header.readUIntBE(1, 3) !== 0) {
    throw new Error('Docker sent something that is no frame of output');
  }
  return { target: type === stderrType ? stderr : stdout, remaining: header.readUInt32BE(4) };
}

/** Waits while the reader is slow; a reader that is gone is no reason to. */
async function write(target: PassThrough, payload: Buffer): Promise<void> {
  if (target.destroyed || target.write(payload)) return;
  await new Promise<void>((resolve) => {
    const done = () => {
      target.off('drain', done).off('close', done);
      resolve();
    };
    target.once('drain', done).once('close', done);
  });
}
