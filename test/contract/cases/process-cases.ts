// What a process gets: arguments, environment, directory; and the code that it answers.
import { describe, expect, test } from 'vitest';
import { UsageError } from '../../../src/errors.ts';
import { Secret } from '../../../src/secret.ts';
import { capture, run } from '../../../src/transport/run.ts';
import type { ContractContext } from '../contract-host.ts';
import { hostileWords } from './hostile-words.ts';
import { ignoreOutput, readUntil, textCommand, uniqueWord } from './support.ts';

export function processCases({ host }: ContractContext): void {
  describe('a process', () => {
    test('gets hostile arguments as they are', async () => {
      const output = await run(host().transport, {
        ...textCommand(['printf', '%s\\0', ...hostileWords]),
        parse: ({ stdout }) => stdout.toString('utf8').split('\0').slice(0, -1),
      });
      expect(output).toEqual(hostileWords);
    });

    test('gets hostile values in its environment, and nothing of ours', async () => {
      const names = hostileWords.map((_, index) => `OCC_TEST_${index}`);
      const env = Object.fromEntries(hostileWords.map((word, i) => [`OCC_TEST_${i}`, word]));
      const variables = await run(host().transport, {
        ...textCommand(['env', '-0'], { env: { ...env, n: '1', l: '2', IFS: 'x' } }),
        parse: ({ stdout }) => {
          const pairs = stdout.toString('utf8').split('\0').map(splitPair);
          return new Map(pairs);
        },
      });
      expect(names.map((name) => variables.get(name))).toEqual(hostileWords);
      expect([variables.get('n'), variables.get('l'), variables.get('IFS')]).toEqual([
        '1',
        '2',
        'x',
      ]);
      expect([...variables.keys()].filter((name) => name.startsWith('__occ'))).toEqual([]);
    });

    test('gets a secret that no command line of the host shows', async () => {
      const secret = uniqueWord();
      const process = await host().transport.start({
        argv: ['sh', '-c', 'echo "got ${#PASSWORD}"; exec cat'],
        env: { PASSWORD: new Secret(secret) },
      });
      process.stderr.resume();
      await readUntil(process.stdout, `got ${secret.length}`);
      const commandLines = await host().look("cat /proc/[0-9]*/cmdline | tr '\\0' ' '");
      expect(commandLines).toContain('cat');
      expect(commandLines).not.toContain(secret);
      process.stdin.end();
      process.stdout.resume();
      expect(await process.exit).toEqual({ kind: 'exited', code: 0 });
    });

    test('runs in the directory asked for', async () => {
      expect(await run(host().transport, textCommand(['pwd'], { cwd: '/usr/bin/..' }))).toMatch(
        /^\/usr(\/bin\/\.\.)?$/,
      );
    });

    test('ends with 125 and an explanation when the directory is missing', async () => {
      const command = textCommand(['pwd'], { cwd: "/no/such dir'" });
      const { exit, stdout, stderr } = await capture(host().transport, command);
      expect(exit).toEqual({ kind: 'exited', code: 125 });
      expect(stderr.toString()).toContain("cannot enter the directory /no/such dir'");
      expect(stdout.toString()).toBe('');
    });

    test('ends with 127 and an explanation when there is no such program', async () => {
      const { exit, stderr } = await capture(
        host().transport,
        textCommand(['occ-no-such-program']),
      );
      expect(exit).toEqual({ kind: 'exited', code: 127 });
      expect(stderr.toString()).toContain('occ-no-such-program');
    });

    test('ends with 126 when the program cannot be run', async () => {
      const { exit } = await capture(host().transport, textCommand(['/etc/passwd']));
      expect(exit).toEqual({ kind: 'exited', code: 126 });
    });

    test('answers every exit code', async () => {
      const codes = Array.from({ length: 256 }, (_, code) => code);
      const answers: number[] = [];
      const workers = Array.from({ length: 4 }, async (_, worker) => {
        for (const code of codes.filter((candidate) => candidate % 4 === worker)) {
          const argv = ['sh', '-c', `exit ${code}`];
          const { exit } = await capture(host().transport, textCommand(argv));
          answers.push(exit.kind === 'exited' ? exit.code : -1);
        }
      });
      await Promise.all(workers);
      expect(answers.sort((a, b) => a - b)).toEqual(codes);
    }, 180_000);

    test.each([
      ['no program', { argv: [] }],
      ['an empty program', { argv: [''] }],
      ['NUL in an argument', { argv: ['echo', 'a\0b'] }],
      ['NUL in a variable', { argv: ['env'], env: { A: 'a\0b' } }],
      ['a variable with a bad name', { argv: ['env'], env: { 'A;id': 'x' } }],
      ['a relative directory', { argv: ['pwd'], cwd: 'tmp' }],
    ])('is refused with %s', async (_name, spec) => {
      await expect(host().transport.start(spec)).rejects.toThrow(UsageError);
    });

    test('has a terminal of the size asked for', async () => {
      const process = await host().transport.start(
        {
          argv: [
            'sh',
            '-c',
            'tty; stty size; printf "%s" "$1"; read -r line; echo "[$line]"',
            'sh',
            "it's\n\\0",
          ],
        },
        { pty: { columns: 101, rows: 33 } },
      );
      const seen = await readUntil(process.stdout, '\\0');
      expect(seen).toMatch(/^\/dev\/\S+\r\n33 101\r\nit's\r\n\\0$/);
      process.stdin.write('typed\r');
      await readUntil(process.stdout, '[typed]');
      ignoreOutput(process);
      expect(await process.exit).toEqual({ kind: 'exited', code: 0 });
    });
  });
}

function splitPair(pair: string): [string, string] {
  const at = pair.indexOf('=');
  return [pair.slice(0, at), pair.slice(at + 1)];
}
