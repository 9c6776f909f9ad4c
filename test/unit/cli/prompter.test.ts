// Questions: keys, echo, order, and that the terminal is always put back.
import { describe, expect, test } from 'vitest';
import { createPrompter, mostLineBytes } from '../../../src/cli/prompter.ts';
import { applyKeys } from '../../../src/cli/read-line.ts';
import { CancelledError, UsageError } from '../../../src/errors.ts';
import { fakeInput, fakeOutput, settled } from './fake-terminal.ts';

function setUp(isTTY = true) {
  const { input, raw, type, end } = fakeInput(isTTY);
  const { stream, text } = fakeOutput({ isTTY });
  const abort = new AbortController();
  const log: string[] = [];
  const prompter = createPrompter({
    stdin: input,
    stderr: stream,
    signal: abort.signal,
    onInterrupt: () => log.push('interrupt'),
    progress: { pause: () => log.push('pause'), resume: () => log.push('resume') },
  });
  return { prompter, type, end, raw, text, abort, log, input };
}

describe('a hidden answer', () => {
  test('is not shown, and the terminal is put back', async () => {
    const { prompter, type, raw, text, log, input } = setUp();
    const answer = prompter.secret('Password for alice: ');
    await settled();
    type('s3cret\r');
    expect((await answer)?.reveal()).toBe('s3cret');
    expect(text()).toBe('Password for alice: \n');
    expect(raw).toStrictEqual([true, false]);
    expect(log).toStrictEqual(['pause', 'resume']);
    expect(input.isPaused()).toBe(true);
  });

  test('may come in pieces, also in the middle of a character', async () => {
    const { prompter, type } = setUp();
    const answer = prompter.secret('?');
    await settled();
    const bytes = Buffer.from('pä日\r');
    for (const byte of bytes) type(Buffer.from([byte]));
    expect((await answer)?.reveal()).toBe('pä日');
  });

  test('Ctrl-C cancels, tells, and puts the terminal back', async () => {
    const { prompter, type, raw, log } = setUp();
    const answer = prompter.secret('?');
    await settled();
    type('abc\u0003');
    await expect(answer).rejects.toThrow(CancelledError);
    expect(raw).toStrictEqual([true, false]);
    expect(log).toStrictEqual(['pause', 'interrupt', 'resume']);
  });

  test('ends when the work is stopped from outside', async () => {
    const { prompter, abort, raw } = setUp();
    const answer = prompter.secret('?');
    await settled();
    abort.abort();
    await expect(answer).rejects.toThrow(CancelledError);
    await expect(prompter.secret('again?')).rejects.toThrow(CancelledError);
    expect(raw).toStrictEqual([true, false]);
  });

  test('ends when the terminal goes away', async () => {
    const { prompter, end } = setUp();
    const answer = prompter.secret('?');
    await settled();
    end();
    await expect(answer).rejects.toThrow(CancelledError);
  });
});

describe('keys', () => {
  const cases: [what: string, before: string, keys: string, text: string, end?: string][] = [
    ['letters', 'a', 'bc', 'abc'],
    ['backspace', 'ab', '\u007F', 'a'],
    ['backspace on nothing', '', '\u007F\b', ''],
    ['backspace takes a whole character', 'a😀', '\u007F', 'a'],
    ['Ctrl-U', 'abc', '\u0015x', 'x'],
    ['arrow keys are nothing', 'a', '\u001B[D\u001B[1;5C\u001BOAb', 'ab'],
    ['tab and other controls are nothing', 'a', '\t\u0001\u001A', 'a'],
    ['Enter', 'a', 'b\rc', 'ab', 'entered'],
    ['line feed', 'a', '\n', 'a', 'entered'],
    ['Ctrl-C', 'a', '\u0003', '', 'interrupted'],
    ['Ctrl-D at the start', '', '\u0004', '', 'closed'],
    ['Ctrl-D later is nothing', 'a', '\u0004', 'a'],
  ];
  test.each(cases)('%s', (_what, before, keys, text, end) => {
    expect(applyKeys(before, keys)).toStrictEqual({ text, ...(end !== undefined && { end }) });
  });
});

describe('confirmation', () => {
  const cases: [typed: string, answer: boolean][] = [
    ['y\r', true],
    ['YES\r', true],
    [' yes \r', true],
    ['\r', false],
    ['n\r', false],
    ['yess\r', false],
  ];
  test.each(cases)('%j', async (typed, expected) => {
    const { prompter, type } = setUp();
    const answer = prompter.confirm('Go on?');
    await settled();
    type(typed);
    expect(await answer).toBe(expected);
  });

  test('shows what is typed on the last line of the question', async () => {
    const { prompter, type, text } = setUp();
    const answer = prompter.confirm('This\nGo on?');
    await settled();
    type('yx\u007F\r');
    await answer;
    expect(text()).toBe('This\nGo on? [y/N] \r\u001B[KGo on? [y/N] y\n');
  });
});

test('questions are asked one after the other', async () => {
  const { prompter, type, text } = setUp();
  const first = prompter.secret('one:');
  const second = prompter.secret('two:');
  await settled();
  expect(text()).toBe('one: ');
  type('1\r');
  expect((await first)?.reveal()).toBe('1');
  await settled();
  expect(text()).toBe('one: \ntwo: ');
  type('2\r');
  expect((await second)?.reveal()).toBe('2');
});

test('a question from a host cannot steer the terminal', async () => {
  const { prompter, type, text } = setUp();
  const answer = prompter.secret('\u001B[2Jkey:');
  await settled();
  type('\r');
  await answer;
  expect(text()).toBe('key: \n');
});

describe('without a terminal', () => {
  test('nobody is asked', async () => {
    const { prompter, text } = setUp(false);
    expect(await prompter.secret('?')).toBeUndefined();
    expect(await prompter.confirm('?')).toBeUndefined();
    expect(text()).toBe('');
  });

  const cases: [input: string, line: string][] = [
    ['pass word \n', 'pass word '],
    ['pass\r\nrest', 'pass'],
    ['  pass', '  pass'],
    ['', ''],
    ['\nsecond', ''],
    ['日本\n', '日本'],
  ];
  test.each(cases)('the first line of %j is the answer', async (text, line) => {
    const { prompter, type, end } = setUp(false);
    type(text);
    end();
    expect((await prompter.stdinLine()).reveal()).toBe(line);
    expect((await prompter.stdinLine()).reveal()).toBe(line);
  });

  test('a line that never ends is refused', async () => {
    const { prompter, type } = setUp(false);
    type('x'.repeat(mostLineBytes + 1));
    await expect(prompter.stdinLine()).rejects.toThrow(UsageError);
  });
});

describe('a shown answer', () => {
  test('is echoed as it is typed, and may be corrected', async () => {
    const { prompter, type, text, raw } = setUp();
    const answer = prompter.line('web-1 asks for the login as ops:\n  Verification code:');
    await settled();
    type('12x');
    type('\u007F3456\r');
    expect(await answer).toBe('123456');
    expect(text()).toContain('web-1 asks for the login as ops:\n  Verification code: ');
    expect(text()).toContain('123456');
    expect(raw).toStrictEqual([true, false]);
  });

  test('is not asked for without a terminal', async () => {
    expect(await setUp(false).prompter.line('Code:')).toBeUndefined();
  });

  test('Ctrl-C cancels and tells', async () => {
    const { prompter, type, log } = setUp();
    const answer = prompter.line('Code:');
    await settled();
    type('12\u0003');
    await expect(answer).rejects.toThrow(CancelledError);
    expect(log).toContain('interrupt');
  });

  test('of several hosts is asked for one after the other', async () => {
    const { prompter, type, text } = setUp();
    const answers = [prompter.line('Code of web-1:'), prompter.line('Code of web-2:')];
    await settled();
    expect(text()).not.toContain('web-2');
    type('111\r');
    expect(await answers[0]).toBe('111');
    await settled();
    type('222\r');
    expect(await answers[1]).toBe('222');
  });
});

describe('a question that is withdrawn', () => {
  test('makes room for the next, and puts the terminal back', async () => {
    const { prompter, type, raw } = setUp();
    const gone = new AbortController();
    const first = prompter.secret('Password of web-1:', { signal: gone.signal });
    const second = prompter.line('Code of web-2:');
    await settled();
    gone.abort();
    await expect(first).rejects.toThrow(CancelledError);
    await settled();
    type('222\r');
    expect(await second).toBe('222');
    expect(raw).toStrictEqual([true, false, true, false]);
  });

  test('while it waits for its turn is not asked', async () => {
    const { prompter, type, text } = setUp();
    const gone = new AbortController();
    const first = prompter.line('Code of web-1:');
    const second = prompter.line('Code of web-2:', { signal: gone.signal });
    gone.abort();
    await settled();
    type('111\r');
    expect(await first).toBe('111');
    await expect(second).rejects.toThrow(CancelledError);
    expect(text()).not.toContain('web-2');
  });
});
