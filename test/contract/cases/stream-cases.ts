// The three streams of a process: bytes unchanged, apart from each other, closed one by one.
import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { run } from '../../../src/transport/run.ts';
import type { ContractContext } from '../contract-host.ts';
import { readAll, textCommand } from './support.ts';

const tenMegabytes = 10 * 1024 * 1024;
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

export function streamCases({ host }: ContractContext): void {
  describe('the streams of a process', () => {
    test('carry 10 MB of binary data to the host', async () => {
      const bytes = randomBytes(tenMegabytes);
      const answer = await run(host().transport, textCommand(['sha256sum'], { stdin: bytes }));
      expect(answer.split(' ')[0]).toBe(sha256(bytes));
    });

    test('carry 10 MB of binary data both ways at once', async () => {
      const bytes = randomBytes(tenMegabytes);
      const pieces = Array.from({ length: 160 }, (_, i) =>
        bytes.subarray(i * 65_536, (i + 1) * 65_536),
      );
      const answer = await run(host().transport, {
        argv: ['cat'],
        stdin: Readable.from(pieces),
        purpose: 'echo',
        parse: ({ stdout }) => stdout,
      });
      expect(answer.length).toBe(tenMegabytes);
      expect(sha256(answer)).toBe(sha256(bytes));
    });

    test('give the first bytes of input to the process, whoever read before it', async () => {
      const argv = ['sh', '-c', 'IFS= read -r first; printf "%s|" "$first"; exec cat'];
      const answer = await run(host().transport, textCommand(argv, { stdin: 'one\n\ntwo' }));
      expect(answer).toBe('one|\ntwo');
    });

    test('keep stdout and stderr apart', async () => {
      const argv = ['sh', '-c', 'echo out; echo err >&2; echo out2; echo err2 >&2'];
      const answer = await run(host().transport, {
        argv,
        purpose: 'print',
        parse: ({ stdout, stderr }) => [stdout.toString(), stderr.toString()],
      });
      expect(answer).toEqual(['out\nout2\n', 'err\nerr2\n']);
    });

    test('carry much on both outputs', async () => {
      const argv = ['perl', '-e', 'for (1..1000) { print "o" x 1000; print STDERR "e" x 1000 }'];
      const sizes = await run(host().transport, {
        argv,
        purpose: 'print',
        parse: ({ stdout, stderr }) => [stdout.length, stderr.length],
      });
      expect(sizes).toEqual([1_000_000, 1_000_000]);
    });

    test('let the process answer after its input has ended', async () => {
      const process = await host().transport.start({ argv: ['sort'] });
      process.stderr.resume();
      process.stdin.write('b\nc\n');
      process.stdin.end('a\n');
      expect((await readAll(process.stdout)).toString()).toBe('a\nb\nc\n');
      expect(await process.exit).toEqual({ kind: 'exited', code: 0 });
    });

    test('end at once when there is no input', async () => {
      expect((await run(host().transport, textCommand(['wc', '-c']))).trim()).toBe('0');
    });

    test('do not mind a process that leaves its input unread', async () => {
      const stdin = randomBytes(tenMegabytes);
      expect(await run(host().transport, textCommand(['echo', 'done'], { stdin }))).toBe('done');
    });

    test('belong to each of 50 processes started at once', async () => {
      const ids = Array.from({ length: 50 }, (_, id) => String(id));
      const answers = await Promise.all(
        ids.map((id) =>
          run(
            host().transport,
            textCommand(['sh', '-c', 'cat; echo "-$1"', 'sh', id], { stdin: id }),
          ),
        ),
      );
      expect(answers).toEqual(ids.map((id) => `${id}-${id}`));
    });
  });
}
