import { PassThrough, Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { splitFrames } from '../../../src/hosts/exec-frames.ts';
import { readAll } from '../../contract/cases/support.ts';

function frame(type: number, payload: Uint8Array): Buffer {
  const header = Buffer.from([type, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(payload.length, 4);
  return Buffer.concat([header, payload]);
}

async function split(chunks: readonly Uint8Array[]) {
  const outputs = splitFrames(Readable.from(chunks.map((chunk) => Buffer.from(chunk))));
  const [stdout, stderr] = await Promise.all([readAll(outputs.stdout), readAll(outputs.stderr)]);
  return { stdout, stderr, broken: await outputs.broken };
}

describe('splitFrames', () => {
  test('gives each output its bytes, however the stream is cut into chunks', async () => {
    const frames = fc.array(fc.tuple(fc.constantFrom(1, 2), fc.uint8Array({ maxLength: 50 })));
    await fc.assert(
      fc.asyncProperty(frames, fc.integer({ min: 1, max: 20 }), async (parts, size) => {
        const whole = Buffer.concat(parts.map(([type, payload]) => frame(type, payload)));
        const chunks = Array.from({ length: Math.ceil(whole.length / size) }, (_, i) =>
          whole.subarray(i * size, (i + 1) * size),
        );
        const { stdout, stderr, broken } = await split(chunks);
        const of = (wanted: number) =>
          Buffer.concat(parts.filter(([type]) => type === wanted).map(([, payload]) => payload));
        expect(stdout.equals(of(1))).toBe(true);
        expect(stderr.equals(of(2))).toBe(true);
        expect(broken).toBeUndefined();
      }),
    );
  });

  test('tells a stream that broke off inside a frame', async () => {
    const chunks = [
      frame(1, Buffer.from('whole')),
      frame(1, Buffer.from('in part')).subarray(0, 13),
    ];
    const { stdout, broken } = await split(chunks);
    expect(stdout.toString()).toBe('whole');
    expect(broken).toBeInstanceOf(Error);
  });

  test('tells a stream that broke off inside a header', async () => {
    expect((await split([Buffer.from([1, 0, 0])])).broken).toBeInstanceOf(Error);
  });

  test('tells something that is no such stream', async () => {
    expect((await split([Buffer.from('HTTP/1.1 500 oh no')])).broken).toBeInstanceOf(Error);
  });

  test('tells a source that failed', async () => {
    const source = new PassThrough();
    const outputs = splitFrames(source);
    source.destroy(new Error('ECONNRESET'));
    outputs.stdout.resume();
    outputs.stderr.resume();
    expect((await outputs.broken)?.message).toBe('ECONNRESET');
  });
});
