// Operation → manifest entry: one definition, and definitions that a command line cannot give are refused.
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { describeOperation } from '../../../scripts/generate/describe.ts';
import { hostOperation } from '../../../src/ops/operation.ts';
import { commandNamed } from './fixture-commands.ts';

const operation = (shape: z.ZodRawShape, positionals: string[] = []) =>
  hostOperation({
    name: 'x.y',
    summary: 'Do it',
    examples: [],
    input: z.object(shape),
    positionals: positionals,
    effect: 'read',
    present: () => [],
  });

test('describes options with type, default, choices and short flag', () => {
  expect(commandNamed('logs').options).toStrictEqual([
    {
      key: 'follow',
      flag: 'follow',
      short: 'f',
      type: 'boolean',
      description: 'Go on',
      default: false,
    },
    {
      key: 'tail',
      flag: 'tail',
      short: 'n',
      type: 'integer',
      description: 'Lines from the end',
      default: 100,
    },
    { key: 'since', flag: 'since', type: 'string', description: 'Not older than this' },
    {
      key: 'order',
      flag: 'order',
      type: 'string',
      description: 'What comes first',
      default: 'oldest',
      choices: ['oldest', 'newest'],
    },
    {
      key: 'no_cache',
      flag: 'no-cache',
      type: 'boolean',
      description: 'A name that begins with no',
      default: false,
    },
  ]);
});

test('describes places, and takes them out of the options', () => {
  const command = commandNamed('config.set');
  expect(command.options).toStrictEqual([]);
  expect(command.positionals.map(({ key, required, type }) => [key, required, type])).toStrictEqual(
    [
      ['key', true, 'string'],
      ['value', true, 'string'],
      ['more', false, 'list'],
    ],
  );
});

test('takes a union of strings for a string, and a transformed value by its input', () => {
  const address = z.union([z.ipv4(), z.ipv6()]).describe('Address');
  const seconds = z
    .string()
    .transform((text) => Number(text))
    .describe('Seconds');
  const { options } = describeOperation(operation({ address, seconds }));
  expect(options.map(({ type }) => type)).toStrictEqual(['string', 'string']);
});

describe('refuses', () => {
  const text = z.string().describe('Text');
  const cases: [what: string, ReturnType<typeof operation>, message: string][] = [
    ['no description', operation({ a: z.string() }), 'x.y: a has no description'],
    ['an object', operation({ a: z.object({}).describe('A') }), 'x.y: a has a type that'],
    ['a fraction', operation({ a: z.number().describe('A') }), 'x.y: a has a type that'],
    [
      'a list of numbers',
      operation({ a: z.array(z.int()).describe('A') }),
      'x.y: a has a type that',
    ],
    [
      'the name of a global option',
      operation({ json: text }),
      'x.y: --json is the name of another',
    ],
    [
      'the letter of a global option',
      operation({ vast: text.meta({ short: 'v' }) }),
      'x.y: -v is the name of another',
    ],
    [
      'a name that is the opposite of another',
      operation({ x: z.boolean().default(true).describe('X'), no_x: text }),
      'x.y: --no-x is the name of another',
    ],
    [
      'a place that is no field',
      operation({ a: text }, ['b']),
      'x.y: positional b is not in its input',
    ],
    [
      'a place after a list',
      operation({ a: z.array(z.string()).describe('A'), b: text }, ['a', 'b']),
      'x.y: only the last place may be a list',
    ],
    [
      'a required place after an optional one',
      operation({ a: text.optional(), b: text }, ['a', 'b']),
      'x.y: b is required and stands after an optional place',
    ],
  ];
  test.each(cases)('%s', (_what, definition, message) => {
    expect(() => describeOperation(definition)).toThrow(message);
  });
});
