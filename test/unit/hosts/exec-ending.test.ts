// The exit code that a process in a container tells at the end of its stderr, however that comes in pieces.
import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ExecEnding } from '../../../src/hosts/exec-ending.ts';

function tell(ending: ExecEnding, argv: readonly string[]): Buffer {
  const [program = '', ...words] = ending.telling(argv);
  return spawnSync(program, words).stderr;
}

function read(ending: ExecEnding, pieces: readonly Buffer[]): string {
  const passed = pieces.map((piece) => ending.push(piece));
  return Buffer.concat([...passed, ending.rest]).toString('latin1');
}

test.each([
  [['true'], 0, ''],
  [['sh', '-c', 'printf oops >&2; exit 3'], 3, 'oops'],
  [['sh', '-c', 'kill -s KILL $$'], 137, ''],
])('%j ends with %d', (argv, code, said) => {
  const ending = new ExecEnding();
  expect(read(ending, [tell(ending, argv)])).toBe(said);
  expect(ending.code).toBe(code);
});

test('a program that does not exist ends with 127, and the shell says so', () => {
  const ending = new ExecEnding();
  expect(read(ending, [tell(ending, ['no-such-program'])])).toContain('no-such-program');
  expect(ending.code).toBe(127);
});

test('one that never came to its end tells nothing, and what it said is all there', () => {
  const ending = new ExecEnding();
  const whole = tell(ending, ['sh', '-c', 'printf oops >&2']);
  const cut = whole.subarray(0, -1);
  expect(read(ending, [cut])).toBe(cut.toString('latin1'));
  expect(ending.code).toBeUndefined();
});

test('it does not matter where the pieces are cut', () => {
  const [, , , , token = ''] = new ExecEnding().telling([]);
  const words = fc.array(fc.constantFrom('a', '\n', ':', '0', token.slice(0, 5), token), {
    maxLength: 8,
  });
  fc.assert(
    fc.property(
      words,
      fc.array(fc.nat(60), { maxLength: 12 }),
      fc.nat(255),
      (parts, sizes, code) => {
        const ending = new ExecEnding();
        const [, , , , own = ''] = ending.telling([]);
        const said = parts.join('').replaceAll(token, own);
        const whole = Buffer.from(`${said}${own}:${String(code).padStart(3, '0')}`);
        const cuts = [0, ...sizes.map((size) => Math.min(size, whole.length)), whole.length];
        cuts.sort((a, b) => a - b);
        const pieces = cuts.slice(1).map((end, index) => whole.subarray(cuts[index], end));
        expect(read(ending, pieces)).toBe(said);
        expect(ending.code).toBe(code);
      },
    ),
  );
});
