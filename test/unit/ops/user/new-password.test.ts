// Where a new password comes from, with a prompter that plays a script.
import { expect, test } from 'vitest';
import { UsageError } from '../../../../src/errors.ts';
import { acquirePassword, generatePassword } from '../../../../src/ops/user/new-password.ts';
import { scriptedPrompter } from './scripted-prompter.ts';

const ask = { password_stdin: false, generate: false };

test('asks twice and takes what was typed', async () => {
  const prompter = scriptedPrompter({ secrets: ['hunter22', 'hunter22'] });
  const { password, generated } = await acquirePassword(prompter, 'alice', ask);
  expect(password.reveal()).toBe('hunter22');
  expect(generated).toBe(false);
  expect(prompter.asked).toHaveLength(2);
  expect(prompter.asked[0]).toContain('alice');
});

test('refuses two passwords that differ, without showing either', async () => {
  const prompter = scriptedPrompter({ secrets: ['hunter22', 'hunter23'] });
  const failure = await acquirePassword(prompter, 'alice', ask).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(UsageError);
  expect(JSON.stringify(failure) + String(failure)).not.toMatch(/hunter/);
});

test('refuses an empty password, typed or piped', async () => {
  const typed = scriptedPrompter({ secrets: [''] });
  await expect(acquirePassword(typed, 'alice', ask)).rejects.toThrow('The password is empty');
  expect(typed.asked).toHaveLength(1);
  const piped = scriptedPrompter({ stdin: '' });
  const source = { password_stdin: true, generate: false };
  await expect(acquirePassword(piped, 'alice', source)).rejects.toThrow('The password is empty');
});

test('reads the line of stdin as it is, and asks nothing', async () => {
  const prompter = scriptedPrompter({ stdin: ' pass word ' });
  const source = { password_stdin: true, generate: false };
  const { password } = await acquirePassword(prompter, 'alice', source);
  expect(password.reveal()).toBe(' pass word ');
  expect(prompter.asked).toEqual([]);
});

test.each(['a\nb', 'a\0b', 'a\tb', 'a\u007f'])(
  'refuses %j, which a browser cannot send or the container would cut',
  async (text) => {
    const source = { password_stdin: true, generate: false };
    const piped = acquirePassword(scriptedPrompter({ stdin: text }), 'alice', source);
    await expect(piped).rejects.toThrow('control characters');
    await expect(piped).rejects.not.toThrow(text);
  },
);

test('without a terminal and without a flag it says the flags', async () => {
  const failure: unknown = await acquirePassword(scriptedPrompter({}), 'alice', ask).catch(
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(UsageError);
  const { hint } = failure as UsageError;
  expect(hint).toContain('--password-stdin');
  expect(hint).toContain('--generate');
});

test('the two flags exclude each other', async () => {
  const both = { password_stdin: true, generate: true };
  await expect(acquirePassword(scriptedPrompter({}), 'alice', both)).rejects.toThrow(UsageError);
});

test('a generated password has 24 characters that cannot be mistaken, and is new each time', async () => {
  const made = Array.from({ length: 200 }, () => generatePassword().reveal());
  expect(new Set(made).size).toBe(200);
  for (const password of made) expect(password).toMatch(/^[A-HJ-NP-Za-km-np-z2-9]{24}$/);
  const generate = { password_stdin: false, generate: true };
  const { generated, password } = await acquirePassword(scriptedPrompter({}), 'alice', generate);
  expect(generated).toBe(true);
  expect(`${String(password)} ${JSON.stringify({ password })}`).not.toContain(password.reveal());
});
