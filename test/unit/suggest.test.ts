// Near names.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { didYouMean, editDistance, suggest } from '../../src/suggest.ts';

describe('suggest', () => {
  it.each<[string, string[], string[]]>([
    ['strat', ['start', 'status', 'stop'], ['start']],
    ['stat', ['start', 'status', 'stop'], ['start', 'status']],
    ['Port', ['port', 'ssh_port'], ['port']],
    ['web-3', ['web-1', 'web-2', 'db-1'], ['web-1', 'web-2']],
    ['prodution', ['production', 'staging'], ['production']],
    ['con', ['config', 'container'], ['config', 'container']],
    ['x', ['a', 'b'], []],
    ['ab', ['b'], []],
    ['', ['a'], []],
    ['aaaa', ['aaab', 'aaac', 'aaad', 'aaae'], ['aaab', 'aaac', 'aaad']],
    ['same', ['same'], ['same']],
  ])('%j among %j: %j', (text, names, expected) => {
    expect(suggest(text, names)).toEqual(expected);
  });

  it('names each once, whatever the order', () => {
    expect(suggest('wbe', new Set(['web', 'web']))).toEqual(['web']);
    expect(suggest('ab1', ['ab3', 'ab2', 'ab3'])).toEqual(['ab2', 'ab3']);
  });

  it('makes a sentence', () => {
    expect(didYouMean('strat', ['start'])).toBe('Did you mean start?');
    expect(didYouMean('qqq', ['start'])).toBeUndefined();
  });
});

describe('editDistance', () => {
  it.each<[string, string, number]>([
    ['', '', 0],
    ['', 'abc', 3],
    ['kitten', 'sitting', 3],
    ['ab', 'ba', 1],
    ['ca', 'abc', 3],
    ['status', 'sttaus', 1],
  ])('%j to %j is %d', (from, to, distance) => {
    expect(editDistance(from, to)).toBe(distance);
  });

  it('is symmetric, zero only for the same, and at most the longer length', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 8 });
    fc.assert(
      fc.property(word, word, (a, b) => {
        const distance = editDistance(a, b);
        expect(distance).toBe(editDistance(b, a));
        expect(distance === 0).toBe(a === b);
        expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
      }),
    );
  });
});
