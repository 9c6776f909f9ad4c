// Makes the two outputs of a process from the one stream in which Docker sends them.
import { PassThrough, finished } from 'node:stream';
import type { Readable } from 'node:stream';
import type { ExecEnding } from './exec-ending.ts';
import { readFrames } from './docker-frames.ts';

/** The outputs of a process, and whether the stream ended where one may. */
export interface ExecOutputs {
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Settles when the stream is over: undefined at its proper end, else why it broke off. Never rejects. */
  readonly broken: Promise<Error | undefined>;
}

/**
 * Splits a stream of frames without reading ahead of the slower reader.
 * @param ending - is given stderr first
 */
export function splitFrames(source: Readable, ending?: ExecEnding): ExecOutputs {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const broken = pump(source, stdout, stderr, ending)
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
  ending: ExecEnding | undefined,
): Promise<undefined> {
  for await (const { stream, payload } of readFrames(source as AsyncIterable<Buffer>)) {
    if (stream === 'stdout') await write(stdout, payload);
    else await write(stderr, ending === undefined ? payload : ending.push(payload));
  }
  if (ending !== undefined) await write(stderr, ending.rest);
  return undefined;
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
