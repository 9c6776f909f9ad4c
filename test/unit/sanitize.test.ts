import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sanitize, sanitizeLine, withoutLineEnds } from '../../src/sanitize.ts';

const bell = '\u0007';
const escape = '\u001b';

describe('sanitize', () => {
  test.each([
    ['plain text stays', 'plain text, é 漢字 🚀 👩‍💻', 'plain text, é 漢字 🚀 👩‍💻'],
    ['tabs and line feeds stay', 'a\tb\nc', 'a\tb\nc'],
    ['carriage returns go', 'a\r\nb\rc', 'a\nbc'],
    ['colours', `${escape}[1;31mred${escape}[0m`, 'red'],
    ['cursor movement with intermediates', `a${escape}[2 qb${escape}[?25lc`, 'abc'],
    ['a title ended by BEL', `a${escape}]0;owned${bell}b`, 'ab'],
    ['a link ended by ST', `${escape}]8;;http://x${escape}\\text${escape}]8;;${escape}\\`, 'text'],
    ['a device control string', `a${escape}P1$r${escape}\\b`, 'ab'],
    ['eight-bit control sequence', 'a\u009b31mb', 'ab'],
    ['eight-bit title', 'a\u009d0;owned\u009cb', 'ab'],
    ['terminal reset', `a${escape}cb`, 'ab'],
    ['character set', `a${escape}(0b`, 'ab'],
    ['a title that never ends keeps what it would hide', `a${escape}]0;text\nb`, 'a0;text\nb'],
    ['a lone escape', `a${escape}`, 'a'],
    ['NUL, backspace, DEL', 'a\u0000b\bc\u007fd', 'abcd'],
    ['bidirectional overrides', 'a\u202eb\u2066c\u200fd', 'abcd'],
    ['tag characters', 'a\u{e0041}b', 'ab'],
  ])('%s', (_name, text, expected) => {
    expect(sanitize(text)).toBe(expected);
  });

  test('leaves no control character, whatever comes', () => {
    const hostile = fc.string({
      unit: fc.constantFrom(
        escape,
        bell,
        '[',
        ']',
        '\\',
        ';',
        'm',
        '0',
        '\u009b',
        '\u009c',
        '\r',
        'a',
      ),
    });
    fc.assert(
      fc.property(hostile, (text) => {
        expect(sanitize(text)).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
      }),
    );
  });

  // In the square of the length this takes minutes, and no signal stops it.
  test.each([
    ['strings that never end', '\u009d'],
    ['escaped strings that never end', `${escape}]`],
    ['control sequences that never end', '\u009b0'],
  ])('gets through many %s', (_name, unit) => {
    expect(sanitize(unit.repeat(300_000))).not.toContain(unit);
  });

  test('twice is the same as once', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(sanitize(sanitize(text))).toBe(sanitize(text));
      }),
    );
  });
});

describe('withoutLineEnds', () => {
  test.each([
    ['a\r\n\n', 'a'],
    ['a\nb', 'a\nb'],
    ['\n', ''],
    ['', ''],
  ])('%j is %j', (text, expected) => {
    expect(withoutLineEnds(text)).toBe(expected);
  });

  test('gets through many line ends before the last word', () => {
    const text = `${'\n'.repeat(500_000)}x`;
    expect(withoutLineEnds(text)).toBe(text);
  });
});

describe('sanitizeLine', () => {
  test('keeps everything on one line', () => {
    expect(sanitizeLine('a\tb\r\n\nc\u2028d')).toBe('a b c d');
  });

  test('keeps its line when a sequence hides between', () => {
    expect(sanitizeLine(`one${escape}[31m\ntwo`)).toBe('one two');
  });
});
