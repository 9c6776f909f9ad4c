// What is told of a process that never began: its shell's last words, and no secret that a terminal echoed.
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { Secret } from '../../../src/secret.ts';
import { bootstrap } from '../../../src/transport/bootstrap.ts';
import { becomeProcess } from '../../../src/transport/remote-process.ts';
import type { ProcessSpec, PtySize } from '../../../src/transport/transport.ts';

/** A host that repeats what it is sent, where asked for, and a shell that then gives up. */
async function toldBy(
  spec: ProcessSpec,
  { pty, echoes, input = '' }: { pty?: PtySize; echoes: boolean; input?: string },
): Promise<string> {
  const boot = bootstrap(spec, { pty });
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  stdin.on('data', (chunk: Buffer) => echoes && stdout.write(chunk));
  stdin.on('end', () => {
    stdout.end('no such shell');
    stderr.end();
  });
  const exit = Promise.resolve({ kind: 'exited', code: 1 } as const);
  const channel = { stdin, stdout, stderr, exit, close: () => undefined };
  const host = 'web-1';
  const process = becomeProcess(channel, boot, { host, kill: () => Promise.resolve() });
  process.stdout.resume();
  process.stderr.resume();
  process.stdin.end(input);
  const ending = await process.exit;
  return ending.kind === 'lost' ? ending.cause.message : ending.kind;
}

const pty = { columns: 80, rows: 24 };
const argv = ['true'];

test('the words of a shell that gives up', async () => {
  expect(await toldBy({ argv }, { echoes: false })).toContain('saying: no such shell');
  const env = { A: 'plain' };
  expect(await toldBy({ argv, env }, { echoes: true, pty })).toContain('no such shell');
});

test.each([
  ['in a variable', { pty, input: '' }],
  ['in a variable, without a terminal', { input: '' }],
  ['in the input', { input: 'hunter2000\n' }],
  ['far behind in the input', { input: `${'x'.repeat(100_000)}hunter2000\n` }],
])('no secret %s, although the host repeats it', async (_name, how) => {
  const env = { PASSWORD: new Secret('hunter2000') };
  const told = await toldBy({ argv, env }, { ...how, echoes: true });
  expect(told).toContain('never began');
  expect(told).not.toContain('hunter2000');
});
