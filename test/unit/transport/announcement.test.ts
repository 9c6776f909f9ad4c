import { describe, expect, test } from 'vitest';
import { AnnouncementGate } from '../../../src/transport/announcement.ts';

const token = '0123456789abcdef0123456789abcdef';

async function pass(chunks: readonly Buffer[], options = {}) {
  const gate = new AnnouncementGate(token, options);
  const passed: Buffer[] = [];
  gate.on('data', (chunk: Buffer) => passed.push(chunk));
  for (const chunk of chunks) gate.write(chunk);
  await new Promise<void>((resolve) => gate.end(() => resolve()));
  return { pid: await gate.pid, text: Buffer.concat(passed).toString('latin1'), gate };
}

describe('the announcement gate', () => {
  test('finds the announcement wherever the stream is cut', async () => {
    const whole = Buffer.from(`Welcome!\nlast login\n${token}:4711\npayload\nmore`);
    for (let cut = 0; cut <= whole.length; cut += 1) {
      const result = await pass([whole.subarray(0, cut), whole.subarray(cut)]);
      expect(result).toMatchObject({ pid: 4711, text: 'payload\nmore' });
    }
  });

  test('finds it byte by byte', async () => {
    const whole = [...Buffer.from(`x${token}:1\ny`)].map((byte) => Buffer.from([byte]));
    expect(await pass(whole)).toMatchObject({ pid: 1, text: 'y' });
  });

  test('finds it behind a terminal, which adds a carriage return', async () => {
    expect(await pass([Buffer.from(`${token}:12\r\nx`)])).toMatchObject({ pid: 12, text: 'x' });
  });

  test('finds it after a flood of other output', async () => {
    const flood = Buffer.alloc(200_000, 'noise ');
    expect(await pass([flood, Buffer.from(`${token}:3\nx`)])).toMatchObject({ pid: 3, text: 'x' });
  });

  test('passes on what looks like another announcement', async () => {
    const { text } = await pass([Buffer.from(`${token}:3\n${token}:4\n`)]);
    expect(text).toBe(`${token}:4\n`);
  });

  test('passes nothing on where there is none, but remembers what was said', async () => {
    const { pid, text, gate } = await pass([Buffer.from('This account is not available.\n')]);
    expect([pid, text, gate.isOpen]).toEqual([undefined, '', false]);
    expect(gate.preamble).toBe('This account is not available.\n');
  });

  test('passes on what was said where there is none, when asked to', async () => {
    const { text } = await pass([Buffer.from('bash: bad luck\n')], { keepPreamble: true });
    expect(text).toBe('bash: bad luck\n');
  });

  test('gives up when it is destroyed', async () => {
    const gate = new AnnouncementGate(token);
    gate.destroy();
    expect(await gate.pid).toBeUndefined();
  });
});
