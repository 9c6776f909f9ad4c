import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UsageError } from '../../../src/errors.ts';
import { Secret } from '../../../src/secret.ts';
import { quoteProcess } from '../../../src/transport/quote.ts';

const word = fc.string({ unit: 'binary', maxLength: 40 }).map((text) => text.replaceAll('\0', ''));
const shellish = fc.string({
  unit: fc.constantFrom(
    "'",
    '"',
    '\\',
    '\n',
    '$',
    '`',
    '!',
    ' ',
    '*',
    'a',
    ';',
    '\r',
    '~',
    '#',
    '-',
  ),
});

describe('quoteProcess', () => {
  test('is one line that sh reads back word for word', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(word, shellish), { minLength: 1, maxLength: 10 }), (words) => {
        const script = quoteProcess({ argv: ['printf', '%s\\0', ...words] });
        expect(script).not.toContain('\n');
        const output = execFileSync('sh', ['-c', script]).toString('utf8');
        expect(output).toBe(words.map((each) => `${wellFormed(each)}\0`).join(''));
      }),
      { numRuns: 60 },
    );
  });

  test('exports variables, secrets revealed', () => {
    const env = { A: new Secret("it's\nsecret"), _b1: '' };
    const script = quoteProcess({ argv: ['sh', '-c', 'printf "%s|%s" "$A" "${_b1-unset}"'], env });
    expect(execFileSync('sh', ['-c', script]).toString()).toBe("it's\nsecret|");
  });

  test('enters the directory first', () => {
    expect(
      execFileSync('sh', ['-c', quoteProcess({ argv: ['pwd'], cwd: '/usr' })]).toString(),
    ).toBe('/usr\n');
  });

  test.each(['1A', 'A-B', 'A B', 'A=B', '', 'é', 'A;id', '__occ_n'])(
    'refuses %j as the name of a variable',
    (name) => {
      expect(() => quoteProcess({ argv: ['env'], env: { [name]: 'x' } })).toThrow(UsageError);
    },
  );

  test.each([[['-x']], [['']], [[]], [['a', '\0']]])('refuses %j as a command', (argv) => {
    expect(() => quoteProcess({ argv })).toThrow(UsageError);
  });
});

/** What UTF-8 makes of lone surrogates. */
function wellFormed(text: string): string {
  return Buffer.from(text).toString('utf8');
}
