// Run and parse: each way for a command to fail is an error of its own, and none shows a secret.
import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { CancelledError, CommandFailedError, TimeoutError } from '../../../src/errors.ts';
import { Secret } from '../../../src/secret.ts';
import { run } from '../../../src/transport/run.ts';
import type { ContractContext } from '../contract-host.ts';
import { expectNoneLeft, processesWith, textCommand, uniqueSleep, uniqueWord } from './support.ts';

export function runCases({ host, traits }: ContractContext): void {
  describe('a command that fails', () => {
    test('says its exit code and the end of its stderr', async () => {
      const argv = [
        'sh',
        '-c',
        'echo first >&2; printf "\\033[31mbad thing\\033[0m\\n" >&2; exit 3',
      ];
      const failure = await failureOf(argv);
      expect(failure).toBeInstanceOf(CommandFailedError);
      expect(failure).toMatchObject({
        message: 'Could not try: first\nbad thing (exit code 3)',
        exitCode: 3,
        host: host().transport.host,
      });
    });

    test('says which signal ended it', async () => {
      const failure = await failureOf(['sh', '-c', 'kill -s KILL $$']);
      expect(failure.message).toBe(
        `Could not try: ${traits.tellsSignals ? 'ended by SIGKILL' : 'exit code 137'}`,
      );
    });

    test('shows no secret, wherever it was given', async () => {
      const [inEnv, inStdin] = [uniqueWord(), uniqueWord()];
      const argv = ['sh', '-c', 'printf "%s %s\\n" "$A" "$(cat)" >&2; exit 1'];
      const failure = await failureOf(argv, {
        env: { A: new Secret(inEnv) },
        stdin: new Secret(inStdin),
      });
      expect(failure.message).toBe('Could not try: [redacted] [redacted] (exit code 1)');
      expect(JSON.stringify(failure)).not.toContain(inEnv);
      expect(JSON.stringify(failure)).not.toContain(inStdin);
    });

    test('by taking too long is cancelled on the host', async () => {
      const unique = uniqueSleep();
      const failure = await failureOf(['sh', '-c', `sleep ${unique}; :`], { timeoutMs: 700 });
      expect(failure).toBeInstanceOf(TimeoutError);
      expect(failure.message).toBe('Could not try within 0.7 s');
      await expectNoneLeft(host(), unique);
    });

    test('by printing too much is cancelled on the host', async () => {
      const word = uniqueWord();
      const failure = await failureOf(['yes', word], { maxBytes: 100_000 });
      expect(failure).toMatchObject({
        code: 'output-too-large',
        message: 'Could not try: it printed more than 100000 bytes',
      });
      await expectNoneLeft(host(), word);
    });

    test('may print exactly what is allowed', async () => {
      const command = textCommand(['printf', '%s', 'x'.repeat(1000)], { maxBytes: 1000 });
      expect(await run(host().transport, command)).toHaveLength(1000);
    });

    test('because its input breaks off is cancelled, before it could take a part for the whole', async () => {
      const word = uniqueWord();
      const stdin = new PassThrough();
      const argv = [
        'sh',
        '-c',
        `cat >/tmp/${word}.part && mv /tmp/${word}.part /tmp/${word}.whole`,
      ];
      const attempt = run(host().transport, textCommand(argv, { stdin }));
      const outcome = expect(attempt).rejects.toThrow('the source broke');
      stdin.write('half of it');
      await expect.poll(() => processesWith(host(), word)).not.toEqual([]);
      stdin.destroy(new Error('the source broke'));
      await outcome;
      await expectNoneLeft(host(), word);
      expect((await host().look(`cd /tmp && ls -d ${word}.* && rm -f ${word}.*`)).trim()).toBe(
        `${word}.part`,
      );
    });

    test('by cancellation is told apart', async () => {
      const unique = uniqueSleep();
      const stop = new AbortController();
      const attempt = run(host().transport, textCommand(['sleep', unique]), {
        signal: stop.signal,
      });
      const outcome = expect(attempt).rejects.toThrow(CancelledError);
      await expect.poll(() => processesWith(host(), unique)).not.toEqual([]);
      stop.abort();
      await outcome;
      await expectNoneLeft(host(), unique);
    });
  });

  async function failureOf(
    argv: readonly string[],
    rest: Parameters<typeof textCommand>[1] = {},
  ): Promise<Error> {
    const command = textCommand(argv, { purpose: 'try', ...rest });
    return run(host().transport, command).then(
      (answer) => {
        throw new Error(`succeeded with ${answer}`);
      },
      (error: unknown) => error as Error,
    );
  }
}
