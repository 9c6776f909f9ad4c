// The helper that ssh asks through: run as ssh runs it.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { serveAskpass, type AskpassQuestion } from '../../src/transport/openssh/openssh-askpass.ts';

const execute = promisify(execFile);

type Answer = (question: AskpassQuestion) => Promise<string | undefined>;

const answering =
  (text: string | undefined): Answer =>
  () =>
    Promise.resolve(text);

describe('the helper', () => {
  test.each(['secret', 'with "quotes", $HOME and ünïcode', ''])('prints %j', async (text) => {
    await using askpass = await serveAskpass(answering(text));
    expect(await execute(program(askpass), ['Question?'])).toMatchObject({ stdout: `${text}\n` });
  });

  test('fails when the answer is declined', async () => {
    await using askpass = await serveAskpass(answering(undefined));
    await expect(execute(program(askpass), ['Question?'])).rejects.toMatchObject({ code: 1 });
  });

  test('passes the question and its kind on', async () => {
    const asked: AskpassQuestion[] = [];
    const answer: Answer = (question) => {
      asked.push(question);
      return Promise.resolve('yes');
    };
    await using askpass = await serveAskpass(answer);
    await execute(program(askpass), ['two\nlines “so”']);
    const env = { ...process.env, SSH_ASKPASS_PROMPT: 'confirm', NODE_OPTIONS: '--no-such-thing' };
    await execute(program(askpass), ['sure?'], { env });
    expect(asked).toEqual([
      { text: 'two\nlines “so”', kind: 'secret' },
      { text: 'sure?', kind: 'confirm' },
    ]);
  });

  test('shows a notice until ssh ends it', async () => {
    let show!: (question: AskpassQuestion) => void;
    const shown = new Promise<AskpassQuestion>((resolve) => (show = resolve));
    await using askpass = await serveAskpass((question) => {
      show(question);
      return Promise.resolve(undefined);
    });
    const env = { ...process.env, SSH_ASKPASS_PROMPT: 'none' };
    const child = spawn(program(askpass), ['Confirm user presence'], { env, stdio: 'ignore' });
    expect(await shown).toEqual({ text: 'Confirm user presence', kind: 'none' });
    expect(child.exitCode).toBeNull();
    child.kill();
    expect(await once(child, 'exit')).toEqual([null, 'SIGTERM']);
  });

  test('lies where nobody else gets at it, and is gone afterwards', async () => {
    const askpass = await serveAskpass(() => new Promise(() => undefined));
    const directory = dirname(program(askpass));
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
    expect((await stat(join(directory, 'socket'))).mode & 0o777).toBe(0o600);
    const asking = execute(program(askpass), ['Question?']);
    const failed = expect(asking).rejects.toMatchObject({ code: 1 });
    await new Promise((resolve) => setTimeout(resolve, 200));
    await askpass[Symbol.asyncDispose]();
    await failed;
    expect(existsSync(directory)).toBe(false);
  });
});

function program({ env }: { env: Readonly<Record<string, string>> }): string {
  return env['SSH_ASKPASS'] ?? '';
}
