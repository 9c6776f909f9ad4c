// Small writes that come together: joined into one, and sent in one system call.
import { Writable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { corkEachTurn } from '../../../src/transport/ssh/ssh-channel-cork.ts';
import { joinSmall } from '../../../src/transport/ssh/ssh-channel-sender.ts';

const kibibyte = 1024;

describe('joining writes', () => {
  const sizes = (...lengths: number[]): number[] =>
    joinSmall(lengths.map((length) => Buffer.alloc(length))).map(({ length }) => length);

  test('joins neighbours that are smaller than a packet', () => {
    expect(sizes(1, 2, 3)).toEqual([6]);
    expect(sizes(1, 40 * kibibyte, 2, 3, 32 * kibibyte)).toEqual([1, 40_960, 5, 32_768]);
    expect(sizes()).toEqual([]);
  });

  test('keeps the bytes and their order', () => {
    const chunks = Array.from({ length: 50 }, (_, i) => Buffer.alloc((i * 7919) % 50_000, i));
    expect(Buffer.concat(joinSmall(chunks)).equals(Buffer.concat(chunks))).toBe(true);
  });

  test('copies neither a large one nor one that is alone', () => {
    const chunks = [Buffer.alloc(10), Buffer.alloc(64 * kibibyte)];
    const joined = joinSmall(chunks);
    expect(joined.map((chunk, i) => chunk === chunks[i])).toEqual([true, true]);
  });
});

/** Keeps how many bytes each call of the system would have had. */
class Calls extends Writable {
  readonly sizes: number[] = [];

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.sizes.push(chunk.length);
    done();
  }

  override _writev(chunks: { chunk: Buffer }[], done: () => void): void {
    this.sizes.push(chunks.reduce((sum, { chunk }) => sum + chunk.length, 0));
    done();
  }
}

describe('a corked stream', () => {
  test('sends what was written in one turn together, and before the next turn', async () => {
    const calls = new Calls();
    corkEachTurn(calls);
    for (const size of [4, 100, 16]) calls.write(Buffer.alloc(size));
    await turn();
    calls.write(Buffer.alloc(1));
    await turn();
    expect(calls.sizes).toEqual([120, 1]);
  });

  test('sends at once what is worth it', () => {
    const calls = new Calls();
    corkEachTurn(calls);
    for (let i = 0; i < 5; i += 1) calls.write(Buffer.alloc(32 * kibibyte));
    expect(calls.sizes).toEqual([128 * kibibyte]);
  });

  test('is corked once, however often it is asked to be, and can be ended in the same turn', async () => {
    const calls = new Calls();
    corkEachTurn(calls);
    corkEachTurn(calls);
    calls.write(Buffer.alloc(3));
    calls.end(Buffer.alloc(2));
    await new Promise((resolve) => calls.once('finish', resolve));
    expect(calls.sizes.reduce((sum, size) => sum + size, 0)).toBe(5);
  });
});
