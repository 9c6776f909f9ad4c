// Logs and builds as the engine sends them, cut into chunks anywhere.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DockerError } from '../../../src/errors.ts';
import { BuildProgress } from '../../../src/hosts/docker-build-progress.ts';
import { readFrames, type Frame } from '../../../src/hosts/docker-frames.ts';
import { withLastWords } from '../../../src/hosts/docker-last-words.ts';
import { linesOf } from '../../../src/hosts/docker-logs.ts';
import type { BuildEvent, LogLine } from '../../../src/hosts/engine.ts';
import { LineSplitter } from '../../../src/hosts/line-splitter.ts';

function frame(stream: 1 | 2, text: string): Buffer {
  const payload = Buffer.from(text);
  const header = Buffer.from([stream, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(payload.length, 4);
  return Buffer.concat([header, payload]);
}

async function* chunksOf(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) {
    yield await Promise.resolve(bytes.subarray(at, at + size));
  }
}

async function* toAsync<T>(items: readonly T[]): AsyncGenerator<T> {
  for (const item of items) yield await Promise.resolve(item);
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

const time = '2026-11-23T13:05:12.693436262Z';

describe('the end of a followed log', () => {
  const at = (second: number, text: string, stream: Frame['stream'] = 'stdout'): Frame => ({
    stream,
    payload: Buffer.from(`2026-11-23T13:05:0${String(second)}.693436262Z ${text}`),
  });
  const asked: (number | undefined)[] = [];
  const texts = async (came: Frame[], stored: Frame[] | DockerError, tail?: number) => {
    const again = async (since: number | undefined) => {
      asked.push(since);
      if (stored instanceof DockerError) throw stored;
      return Promise.resolve(toAsync(stored));
    };
    const frames = await collect(withLastWords(toAsync(came), { tail, since: 7 }, again));
    return frames.map(({ payload }) => payload.toString().slice(31));
  };
  const [a, b, c] = [at(1, 'a\n'), at(1, 'b', 'stderr'), at(2, 'c')];

  it('is read again when the engine has not sent it', async () => {
    expect(await texts([a], [a, b, c])).toEqual(['a\n', 'b', 'c']);
    expect(asked.at(-1)).toBe(Date.UTC(2026, 10, 23, 13, 5, 1) / 1000);
    expect(await texts([a, b, c], [a, b, c])).toEqual(['a\n', 'b', 'c']);
    expect(await texts([a, b], [at(1, 'another', 'stdout')])).toEqual(['a\n', 'b']);
  });

  it('is all there is when nothing came, unless nothing older was wanted', async () => {
    expect(await texts([], [a, b])).toEqual(['a\n', 'b']);
    expect(asked.at(-1)).toBe(7);
    expect(await texts([], [a, b], 0)).toEqual([]);
  });

  it('is lost with the container, and other failures are told', async () => {
    const failure = (reason: 'not-found' | 'permission') =>
      new DockerError(reason, 'no', { host: 'web-1' });
    expect(await texts([a], failure('not-found'))).toEqual(['a\n']);
    await expect(texts([a], failure('permission'))).rejects.toThrow('no');
  });
});

describe('a framed log', () => {
  const bytes = Buffer.concat([
    frame(1, 'grüße\r\npart'),
    frame(2, 'error\n'),
    frame(1, ''),
    frame(1, 'ial 😀\nlast'),
  ]);
  const lines: LogLine[] = [
    { stream: 'stdout', text: 'grüße' },
    { stream: 'stderr', text: 'error' },
    { stream: 'stdout', text: 'partial 😀' },
    { stream: 'stdout', text: 'last' },
  ];

  it.each([1, 2, 3, 7, 8, 9, 64, 1000])('in chunks of %d bytes', async (size) => {
    expect(await collect(linesOf(chunksOf(bytes, size), false, false))).toEqual(lines);
  });

  it('keeps the first time of a line that came in several messages', async () => {
    const later = time.replace('13:', '14:');
    const parts = Buffer.concat([frame(1, `${time} one `), frame(1, `${later} two\n`)]);
    expect(await collect(linesOf(chunksOf(parts, 10), false, true))).toEqual([
      { stream: 'stdout', text: 'one two', time },
    ]);
  });

  it('that ends within a message, or is none, is an error', async () => {
    const cut = bytes.subarray(0, bytes.length - 1);
    await expect(collect(readFrames(chunksOf(cut, 5)))).rejects.toThrow('ended within a message');
    const plain = Buffer.from('plain text that is long enough\n');
    await expect(collect(readFrames(chunksOf(plain, 5)))).rejects.toThrow('not in the form');
  });
});

describe('the log of a container with a terminal', () => {
  it('is plain text', async () => {
    const bytes = Buffer.from(`${time} one\r\n${time} {"a":1}\r\nno time`);
    expect(await collect(linesOf(chunksOf(bytes, 4), true, true))).toEqual([
      { stream: 'stdout', text: 'one', time },
      { stream: 'stdout', text: '{"a":1}', time },
      { stream: 'stdout', text: 'no time' },
    ]);
  });
});

describe('lines', () => {
  it('come out as they went in, however they are cut', () => {
    const line = fc.string({ unit: 'grapheme' }).filter((text) => !/[\r\n]/.test(text));
    fc.assert(
      fc.property(
        fc.array(line, { minLength: 1 }),
        fc.integer({ min: 1, max: 9 }),
        (texts, size) => {
          const splitter = new LineSplitter();
          const bytes = Buffer.from(texts.map((text) => `${text}\n`).join(''));
          const out: string[] = [];
          for (let at = 0; at < bytes.length; at += size) {
            out.push(...splitter.push(bytes.subarray(at, at + size)));
          }
          expect([...out, ...splitter.end()]).toEqual(texts);
        },
      ),
    );
  });

  it('that are too long come in pieces, without parting a character', () => {
    const splitter = new LineSplitter(4);
    expect(splitter.push(Buffer.from('abcdefghij'))).toEqual(['abcd', 'efgh']);
    expect(splitter.push(Buffer.from('\nabc😀x\n'))).toEqual(['ij', 'abc', '😀x']);
    expect(splitter.end()).toEqual([]);
  });
});

describe('a build', () => {
  it('tells steps, output, pulled layers, the image and the failure', () => {
    const messages = [
      { status: 'Pulling from library/debian', id: 'bookworm' },
      { status: 'Downloading', id: 'abc', progressDetail: { current: 5, total: 10 } },
      { stream: 'Step 1/2 : FROM debian\n' },
      { stream: ' ---> 54cc6f2ef9b9\n' },
      { stream: 'Step 2/2 : RUN x\n' },
      { stream: 'two li' },
      { stream: 'nes\n\u001b[91mred\u001b[0m\n' },
      { aux: { ID: 'sha256:1' } },
      { errorDetail: { code: 1, message: 'it broke' }, error: 'it broke' },
    ];
    const bytes = Buffer.from(messages.map((message) => `${JSON.stringify(message)}\r\n`).join(''));
    const events: BuildEvent[] = [];
    const progress = new BuildProgress((event) => events.push(event));
    for (const byte of bytes) progress.push(Buffer.from([byte]));
    progress.end();
    expect(events).toEqual([
      { kind: 'pull', layer: 'bookworm', status: 'Pulling from library/debian' },
      { kind: 'pull', layer: 'abc', status: 'Downloading', current: 5, total: 10 },
      { kind: 'step', current: 1, total: 2, text: 'FROM debian' },
      { kind: 'output', text: ' ---> 54cc6f2ef9b9' },
      { kind: 'step', current: 2, total: 2, text: 'RUN x' },
      { kind: 'output', text: 'two lines' },
      { kind: 'output', text: 'red' },
    ]);
    expect(progress).toMatchObject({ imageId: 'sha256:1', failure: 'it broke' });
    expect(progress.lastLines).toEqual(['two lines', 'red']);
  });

  it.each([
    'dpkg: error processing archive x.deb: failed to write (No space left on device)',
    "E: You don't have enough free space in /var/cache/apt/archives/.",
  ])('remembers that a step said: %s', (said) => {
    const progress = new BuildProgress(() => undefined);
    const stream = (text: string) =>
      progress.push(Buffer.from(`${JSON.stringify({ stream: `${text}\n` })}\n`));
    stream('Step 1/2 : RUN a');
    stream('an old error: No space left on device');
    stream('Step 2/2 : RUN b');
    expect(progress.diskFull).toBeUndefined();
    stream(said);
    for (let count = 0; count < 60; count++) stream(` package-${count}`);
    progress.push(Buffer.from('{"errorDetail":{"message":"returned a non-zero code: 100"}}\n'));
    progress.end();
    expect(progress.failure).toBe('returned a non-zero code: 100');
    expect(progress.diskFull).toBe(said);
  });
});
