// Frames out of a byte stream, however it is cut.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FrameCutter } from '../../../src/transport/mux/mux-frames.ts';

const framed = (bodies: readonly Uint8Array[]): Buffer =>
  Buffer.concat(
    bodies.flatMap((body) => {
      const head = Buffer.alloc(4);
      head.writeUInt32BE(body.length);
      return [head, body];
    }),
  );

describe('FrameCutter', () => {
  test('finds the same frames wherever the stream is cut', () => {
    const bodies = fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 20 });
    const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 });
    fc.assert(
      fc.property(bodies, cuts, (sent, sizes) => {
        const stream = framed(sent);
        const cutter = new FrameCutter(50);
        const found: Buffer[] = [];
        for (let at = 0, turn = 0; at < stream.length; turn++) {
          const chunk = stream.subarray(at, at + (sizes[turn % sizes.length] ?? 1));
          cutter.push(chunk, (body) => void found.push(Buffer.from(body)));
          at += chunk.length;
        }
        expect(found).toEqual(sent.map((body) => Buffer.from(body)));
      }),
    );
  });

  test('does not copy a frame that lies within a chunk', () => {
    const stream = framed([Buffer.from('whole')]);
    const cutter = new FrameCutter(50);
    cutter.push(stream, (body) => {
      expect(body.buffer).toBe(stream.buffer);
      return undefined;
    });
  });

  test('stops where it is told to, and says where', () => {
    const stream = framed([Buffer.from('one'), Buffer.from('two')]);
    const cutter = new FrameCutter(50);
    expect(cutter.push(stream, () => false)).toBe(7);
  });

  test('refuses a frame that is too long by its length alone', () => {
    const head = Buffer.from([0, 0, 0, 51]);
    for (const cut of [1, 4]) {
      const cutter = new FrameCutter(50);
      cutter.push(head.subarray(0, cut - 1), () => undefined);
      expect(() => cutter.push(head.subarray(cut - 1), () => undefined)).toThrow(RangeError);
    }
  });
});
