// What run does with endings that a healthy host cannot be asked for; the rest is in the contract suite.
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { ConnectError, OccError, UnsupportedError } from '../../../src/errors.ts';
import { Secret } from '../../../src/secret.ts';
import { LocalTransport } from '../../../src/transport/local-transport.ts';
import { run, type Runner } from '../../../src/transport/run.ts';
import { textCommand } from '../../contract/cases/support.ts';

const local = new LocalTransport({ host: 'here', env: process.env });

/** A host whose connection breaks right after a process began to answer. */
function losing(cause: Error): Runner {
  const start: Runner['start'] = () => {
    const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
    stdin.resume();
    stdout.end('half an answer');
    stderr.end();
    return Promise.resolve({
      stdin,
      stdout,
      stderr,
      exit: Promise.resolve({ kind: 'lost', cause }),
    });
  };
  return { host: 'web-1', start };
}

test('a lost connection is an error that says what was going on', async () => {
  const attempt = run(
    losing(new Error('read ECONNRESET')),
    textCommand(['true'], { purpose: 'look' }),
  );
  await expect(attempt).rejects.toMatchObject({
    name: ConnectError.name,
    reason: 'lost',
    host: 'web-1',
    message: 'Could not look: the connection was lost in the middle: read ECONNRESET',
  });
});

test('a shell that never ran the command is told by its own error', async () => {
  const cause = new UnsupportedError('no shell');
  await expect(run(losing(cause), textCommand(['true']))).rejects.toBe(cause);
});

test('an answer that cannot be parsed is an error without secrets and control characters', async () => {
  const secret = new Secret('hunter2000');
  const attempt = run(local, {
    argv: ['sh', '-c', 'printf "%s\\033[1m!" "$PW"'],
    env: { PW: secret },
    purpose: 'read it',
    parse: ({ stdout }) => {
      throw new Error(`odd answer: ${stdout.toString()}`);
    },
  });
  await expect(attempt).rejects.toMatchObject({
    code: 'answer',
    message: 'Could not read it: the answer makes no sense: odd answer: [redacted]!',
  });
});

test('an error of our own in a parser stays as it is', async () => {
  const own = new OccError('mine', 'mine');
  const command = textCommand(['true'], {
    parse: () => {
      throw own;
    },
  });
  await expect(run(local, command)).rejects.toBe(own);
});

test('other exit codes can be fine', async () => {
  const command = textCommand(['sh', '-c', 'exit 3'], {
    okCodes: [3],
    parse: ({ exitCode }) => String(exitCode),
  });
  expect(await run(local, command)).toBe('3');
});

test('only the end of a long stderr is told', async () => {
  const argv = [
    'sh',
    '-c',
    'i=0; while [ $i -lt 100 ]; do echo "line $i" >&2; i=$((i+1)); done; exit 1',
  ];
  const failure = await run(local, textCommand(argv)).catch((error: unknown) => error as Error);
  const lines = Array.from({ length: 10 }, (_, i) => `line ${i + 90}`).join('\n');
  expect(failure).toMatchObject({ message: `Could not run sh: ${lines} (exit code 1)` });
});

test('a missing program comes with a hint', async () => {
  await expect(run(local, textCommand(['occ-no-such-program']))).rejects.toMatchObject({
    exitCode: 127,
    hint: 'Install occ-no-such-program on the host',
  });
});
