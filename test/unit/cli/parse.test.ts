// argv → invocation: what is understood, what is refused, and that cac's coercions never show.
import { describe, expect, test } from 'vitest';
import { UsageError } from '../../../src/errors.ts';
import { asksForJson, parse } from '../../../src/cli/parse.ts';
import { commands } from './fixture-commands.ts';

const run = (...argv: string[]) => {
  const invocation = parse(argv, commands);
  if (invocation.kind !== 'command') throw new Error(`not a command: ${invocation.kind}`);
  return invocation;
};

describe('a command with its input', () => {
  const cases: [argv: string[], name: string, input: Record<string, unknown>][] = [
    [['start'], 'start', {}],
    [['start', '--no-wait'], 'start', { wait: false }],
    [['start', '--wait'], 'start', { wait: true }],
    [['start', '--wait=false'], 'start', { wait: false }],
    [['start', '--no-wait', '--wait'], 'start', { wait: true }],
    [['--json', 'start'], 'start', {}],
    [['--host', 'web-1', 'user', 'list'], 'user.list', {}],
    [['user', '--json', 'list'], 'user.list', {}],
    [['user', 'add', 'bob', '--shell', 'sh'], 'user.add', { name: 'bob', shell: 'sh' }],
    [['user', 'add', '--shell=sh', 'bob'], 'user.add', { name: 'bob', shell: 'sh' }],
    [['user', 'add', '007', '--shell', '0x10'], 'user.add', { name: '007', shell: '0x10' }],
    [['user', 'add', '1e3', '--shell', '010'], 'user.add', { name: '1e3', shell: '010' }],
    [['user', 'add', 'true', '--shell', 'false'], 'user.add', { name: 'true', shell: 'false' }],
    [['user', 'add', 'NaN', '--shell', 'Infinity'], 'user.add', { name: 'NaN', shell: 'Infinity' }],
    [['user', 'add', '--shell', 'a b', ' '], 'user.add', { name: ' ', shell: 'a b' }],
    [['user', 'add', '--shell', '', 'x'], 'user.add', { name: 'x', shell: '' }],
    [['user', 'add', '--shell=', 'x'], 'user.add', { name: 'x', shell: '' }],
    [['user', 'add', '--shell=a=b', 'x'], 'user.add', { name: 'x', shell: 'a=b' }],
    [['user', 'add', '--shell=--json', 'x'], 'user.add', { name: 'x', shell: '--json' }],
    [['user', 'add', '--shell', 's', '--', '--json'], 'user.add', { name: '--json', shell: 's' }],
    [['user', 'add', '--shell', 's', '--', '-1'], 'user.add', { name: '-1', shell: 's' }],
    [['user', 'add', '-', '--shell', 's'], 'user.add', { name: '-', shell: 's' }],
    [['user', 'add', 'a.b', '--shell', 'c.d'], 'user.add', { name: 'a.b', shell: 'c.d' }],
    [['user', 'add', '__proto__', '--shell', 's'], 'user.add', { name: '__proto__', shell: 's' }],
    [['user', 'add', '$(id)', '--shell', ';ls'], 'user.add', { name: '$(id)', shell: ';ls' }],
    [['user', 'add', 'ünï', '--shell', '壳'], 'user.add', { name: 'ünï', shell: '壳' }],
    [['user', 'add', 'no-x', '--shell', 'no-y'], 'user.add', { name: 'no-x', shell: 'no-y' }],
    [
      ['user', 'add', 'x', '--shell', 's', '--groups', '1', '--groups', '02,3'],
      'user.add',
      { name: 'x', shell: 's', groups: ['1', '02,3'] },
    ],
    [
      ['user', 'add', 'x', '--shell', 's', '--groups', 'a'],
      'user.add',
      { name: 'x', shell: 's', groups: ['a'] },
    ],
    [['logs', '-f'], 'logs', { follow: true }],
    [['logs', '-fv'], 'logs', { follow: true }],
    [['logs', '-fn', '5'], 'logs', { follow: true, tail: 5 }],
    [['logs', '-n=5'], 'logs', { tail: 5 }],
    [['logs', '--tail', '010'], 'logs', { tail: 10 }],
    [['logs', '--tail=-5'], 'logs', { tail: -5 }],
    [['logs', '--since', '2026-01-01'], 'logs', { since: '2026-01-01' }],
    [['logs', '--since', '10'], 'logs', { since: '10' }],
    [['logs', '--order', 'newest'], 'logs', { order: 'newest' }],
    [['logs', '--no-cache'], 'logs', { no_cache: true }],
    [['config', 'set', 'port', '3001'], 'config.set', { key: 'port', value: '3001' }],
    [
      ['config', 'set', 'a', '1', 'b', '0x2'],
      'config.set',
      { key: 'a', value: '1', more: ['b', '0x2'] },
    ],
  ];
  test.each(cases)('occ %j', (argv, name, input) => {
    const invocation = run(...argv);
    expect(invocation.command.name).toBe(name);
    expect(invocation.input).toStrictEqual(input);
  });
});

describe('global options', () => {
  test('are the same before, between and after the words of the command', () => {
    const expected = {
      host: ['web-1, @eu', '!web-*,b', '007'],
      json: true,
      dryRun: true,
      color: false,
    };
    const flags = [
      '--host',
      'web-1, @eu',
      '--host=!web-*,b',
      '--host',
      '007',
      '--json',
      '--dry-run',
      '--no-color',
    ];
    expect(run(...flags, 'user', 'list').globals).toMatchObject(expected);
    expect(run('user', ...flags, 'list').globals).toMatchObject(expected);
    expect(run('user', 'list', ...flags).globals).toMatchObject(expected);
  });

  test('are off when they are not given', () => {
    expect(run('start').globals).toStrictEqual({
      host: [],
      all: false,
      local: false,
      inventory: undefined,
      parallel: undefined,
      timeout: undefined,
      dryRun: false,
      yes: false,
      json: false,
      quiet: false,
      verbose: false,
      color: true,
    });
  });

  test('have numbers in decimal', () => {
    expect(run('start', '--parallel', '4', '--timeout=30').globals).toMatchObject({
      parallel: 4,
      timeout: 30,
    });
  });

  test('take a repeated flag as one', () => {
    expect(run('start', '-v', '-vv').globals.verbose).toBe(true);
  });

  test('say whether JSON was asked for, also where nothing else is right', () => {
    expect(asksForJson(['bogus', '--json'])).toBe(true);
    expect(asksForJson(['bogus', '--', '--json'])).toBe(false);
    expect(asksForJson(['--json=false'])).toBe(false);
  });
});

describe('help, version, nothing', () => {
  const cases: [argv: string[], expected: Record<string, unknown>][] = [
    [['--version'], { kind: 'version' }],
    [['-V'], { kind: 'version' }],
    [['start', '--version'], { kind: 'version' }],
    [['--help'], { kind: 'help', noun: '' }],
    [['help'], { kind: 'help', noun: '' }],
    [['-h', 'user'], { kind: 'help', noun: 'user' }],
    [['help', 'user'], { kind: 'help', noun: 'user' }],
    [['user', '--help'], { kind: 'help', noun: 'user' }],
    [['user', 'add', '--help'], { kind: 'help', command: { name: 'user.add' } }],
    [['help', 'user', 'add'], { kind: 'help', command: { name: 'user.add' } }],
    [['help', 'start', '--help'], { kind: 'help', command: { name: 'start' } }],
    [[], { kind: 'bare' }],
    [['--json'], { kind: 'bare', globals: { json: true } }],
  ];
  test.each(cases)('occ %j', (argv, expected) => {
    expect(parse(argv, commands)).toMatchObject(expected);
  });

  test('help on a noun has its verbs only', () => {
    const help = parse(['user', '--help'], commands);
    const names =
      help.kind === 'help' && 'commands' in help && help.commands.map(({ name }) => name);
    expect(names).toStrictEqual(['user.add', 'user.list']);
  });
});

describe('mistakes', () => {
  const cases: [argv: string[], message: string, hint?: string][] = [
    [['strat'], 'Unknown command "strat"', 'Did you mean occ start?'],
    [['xyzzy'], 'Unknown command "xyzzy"', 'See the commands with occ --help'],
    [['xyzzy', '--foo'], 'Unknown command "xyzzy"'],
    [['help', 'xyzzy'], 'Unknown command "xyzzy"'],
    [[''], 'Unknown command ""'],
    [['user.add', 'bob'], 'Unknown command "user.add"'],
    [['user', 'ad'], 'Unknown command "user ad"', 'Did you mean occ user add?'],
    [['user', 'frob'], 'Unknown command "user frob"', 'occ user knows add, list'],
    [['user'], 'occ user needs a verb: add, list', 'See occ user --help'],
    [['start', '--wiat'], 'Unknown option --wiat'],
    [['start', '--jsn'], 'Unknown option --jsn', 'Did you mean --json?'],
    [['logs', '--folow'], 'Unknown option --folow', 'Did you mean --follow?'],
    [['start', '--follow'], 'Unknown option --follow'],
    [['--tail', '5', 'logs'], 'Unknown option --tail'],
    [['start', '--no-json'], 'Unknown option --no-json'],
    [['start', '--no-no-wait'], 'Unknown option --no-no-wait'],
    [['start', '--no-wait=1'], '--no-wait takes no value'],
    [['start', '--Wait'], 'Unknown option --Wait'],
    [['start', '--dry_run'], 'Unknown option --dry_run', 'Did you mean --dry-run?'],
    [['start', '---json'], 'Unknown option ---json'],
    [['start', '--=x'], 'Unknown option --'],
    [['start', '--__proto__=x'], 'Unknown option --__proto__'],
    [['start', '--constructor', 'x'], 'Unknown option --constructor'],
    [['start', '--host.name=x'], 'Unknown option --host.name'],
    [['start', '-x'], 'Unknown option -x'],
    [['start', '-json'], 'Unknown option -json', 'Did you mean --json?'],
    [['start', '-5'], 'Unknown option -5'],
    [['logs', '-nf', '5'], '-n needs a value, so it must stand last in -nf'],
    [['start', '--json=maybe'], '--json takes no value, got "maybe"'],
    [['start', '--json', 'web-1'], 'occ start does not take "web-1"', 'See occ start --help'],
    [['start', 'a', 'b'], 'occ start does not take "a", "b"'],
    [['user', 'list', '007'], 'occ user list does not take "007"'],
    [['user', 'add', '--shell', 's'], 'occ user add: NAME is missing'],
    [['user', 'add', 'bob'], '--shell is missing'],
    [['user', 'add', 'bob', '--shell'], '--shell needs a value'],
    [
      ['user', 'add', '--shell', '--json'],
      '--shell needs a value',
      'For a value that starts with a dash write --shell=--json',
    ],
    [['user', 'add', 'bob', '--shell', 's', '--shell', 't'], '--shell is given 2 times'],
    [['config', 'set', 'port'], 'occ config set: VALUE is missing'],
    [
      ['logs', '--tail', '-5'],
      '--tail needs a value',
      'For a value that starts with a dash write --tail=-5',
    ],
    [['logs', '--tail', '0x10'], '--tail needs a whole number, got "0x10"'],
    [['logs', '--tail', '1e3'], '--tail needs a whole number, got "1e3"'],
    [['logs', '--tail', '1.5'], '--tail needs a whole number, got "1.5"'],
    [['logs', '--tail', ''], '--tail needs a whole number, got ""'],
    [
      ['logs', '--tail', '99999999999999999999'],
      '--tail needs a whole number, got "99999999999999999999"',
    ],
    [
      ['logs', '--order', 'newst'],
      '--order must be one of oldest, newest, got "newst"',
      'Did you mean newest?',
    ],
    [['start', '--parallel', '0'], '--parallel must be at least 1, got 0'],
    [['start', '--inventory='], '--inventory needs a value'],
    [['start', '--host', '--all'], '--host needs a value'],
  ];
  test.each(cases)('occ %j: %s', (argv, message, hint) => {
    const attempt = () => parse(argv, commands);
    expect(attempt).toThrow(UsageError);
    expect(attempt).toThrow(
      expect.objectContaining({ message, ...(hint !== undefined && { hint }) }) as Error,
    );
  });
});

test.each([
  [['logs', '--tail', 'x'], 'See occ logs --help'],
  [['user', 'add', 'bob'], 'See occ user add --help'],
  [['--timeout', '0'], 'See occ --help'],
  [['--quiet=maybe', 'logs'], 'See occ --help'],
])('a mistake that has no better remedy leads to the help: %j', (argv, hint) => {
  expect(() => parse(argv, commands)).toThrow(expect.objectContaining({ hint }) as Error);
});
