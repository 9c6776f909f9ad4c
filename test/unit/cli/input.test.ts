// The operation's own schema has the last word, in the words of the command line.
import { expect, test } from 'vitest';
import { z } from 'zod';
import { describeOperation } from '../../../scripts/generate/describe.ts';
import { checkInput } from '../../../src/cli/input.ts';
import { UsageError } from '../../../src/errors.ts';
import { hostOperation } from '../../../src/ops/operation.ts';

const operation = hostOperation({
  name: 'x.do',
  summary: 'Do it',
  examples: [],
  input: z.object({
    name: z.string().min(1).max(8).describe('Name'),
    max_age: z.int().min(0).max(9).default(3).describe('Age'),
    colour: z
      .string()
      .regex(/^[a-z]+$/, 'must be lower-case letters')
      .default('red')
      .describe('Colour'),
  }),
  positionals: ['name'],
  effect: 'read',
  present: () => [],
});
const command = describeOperation(operation);

test('fills in what is not given', () => {
  expect(checkInput(operation, command, { name: 'a' })).toStrictEqual({
    name: 'a',
    max_age: 3,
    colour: 'red',
  });
});

const cases: [input: Record<string, unknown>, message: string][] = [
  [{ name: '' }, 'NAME: must not be empty'],
  [{ name: 'abcdefghi' }, 'NAME: is longer than 8 characters'],
  [{ name: 'a', max_age: -1 }, '--max-age: must be at least 0'],
  [{ name: 'a', max_age: 10 }, '--max-age: must be at most 9'],
  [{ name: 'a', colour: 'R' }, '--colour: must be lower-case letters'],
  [{ name: '', colour: 'R' }, 'NAME: must not be empty\n--colour: must be lower-case letters'],
];
test.each(cases)('%j', (input, message) => {
  const attempt = () => checkInput(operation, command, input);
  expect(attempt).toThrow(UsageError);
  expect(attempt).toThrow(
    expect.objectContaining({ message, hint: 'See occ x do --help' }) as Error,
  );
});
