// What host.test asks of shells, sessions and systemd: parsers on recorded answers, scripts on this machine's own shells.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { countSessions } from '../../../../src/ops/host/probe-sessions.ts';
import {
  findOpenSocket,
  parseLoginShell,
  parseSystemd,
  readLingering,
  readLoginShell,
} from '../../../../src/ops/host/probes-machine.ts';
import { LocalTransport } from '../../../../src/transport/local-transport.ts';
import { run } from '../../../../src/transport/run.ts';
import type { Exit, HostProcess } from '../../../../src/transport/transport.ts';

const { signal } = new AbortController();

function output(text: string) {
  return { stdout: Buffer.from(text), stderr: Buffer.alloc(0), exitCode: 0 };
}

test('reads the login shell and what it prints, on one line and without control characters', () => {
  expect(parseLoginShell(output('shell=/bin/bash\n'))).toEqual({ shell: '/bin/bash', chatter: '' });
  expect(parseLoginShell(output('shell=\n'))).toEqual({ shell: undefined, chatter: '' });
  const { chatter } = parseLoginShell(output('shell=/bin/zsh\n\u001b[31mhello\nworld\n'));
  expect(chatter).toMatch(/hello world$/);
  expect(chatter).not.toContain('\u001b');
  const long = parseLoginShell(output(`shell=/bin/sh\n${'x'.repeat(500)}`)).chatter;
  expect(long).toBe(`${'x'.repeat(60)}…`);
  expect(() => parseLoginShell(output('something else'))).toThrow('login shell is missing');
});

test('finds out that bash prints something although it is not interactive, and that it does not', async () => {
  const home = await mkdtemp(join(tmpdir(), 'occ-shell-'));
  const env = { HOME: home, SHELL: '/bin/bash', SSH_CLIENT: '::1 1 22', SHLVL: '1' };
  const transport = new LocalTransport({
    host: 'here',
    env: { ...env, PATH: process.env['PATH'] },
  });
  expect(await run(transport, readLoginShell())).toEqual({ shell: '/bin/bash', chatter: '' });
  await writeFile(join(home, '.bashrc'), 'echo Welcome; echo back >&2\n');
  const { chatter } = await run(transport, readLoginShell());
  await transport.close();
  await rm(home, { recursive: true });
  expect(chatter).toBe('Welcome back');
});

test('reads how systemd is, and that it cannot be asked', () => {
  expect(parseSystemd(output('version=252\nsystem=degraded\nuser=running\n'))).toEqual({
    version: '252',
    system: 'degraded',
    user: 'running',
  });
  expect(parseSystemd(output('version=257\nsystem=offline\nuser=\n'))).toEqual({
    version: '257',
    system: undefined,
    user: undefined,
  });
  expect(parseSystemd(output(''))).toEqual({
    version: undefined,
    system: undefined,
    user: undefined,
  });
});

test('a user that nobody knows does not linger; a socket need not be there', async () => {
  const transport = new LocalTransport({ host: 'here', env: process.env });
  expect(await run(transport, readLingering('no-such user; echo yes'))).toBe(false);
  const socket = await run(transport, findOpenSocket());
  expect(socket ?? '/run/').toMatch(/^\/run\//);
  await transport.close();
});

/** A host where `perConnection` commands share a connection, and further ones wait for the end of others or fail. */
class Server {
  #running = 0;
  readonly #perConnection: number;
  readonly #connections: number;
  readonly #waiting: (() => void)[] = [];

  constructor(perConnection: number, connections: number) {
    this.#perConnection = perConnection;
    this.#connections = connections;
  }

  readonly start = async (): Promise<HostProcess> => {
    const room = this.#perConnection * this.#connections;
    while (this.#running >= room) await new Promise<void>((go) => this.#waiting.push(go));
    const connection = Math.floor(this.#running / this.#perConnection);
    this.#running += 1;
    const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
    stdout.write(`::1 ${1000 + connection} ::1 22\n`);
    const exit = new Promise<Exit>((resolve) => {
      stdin.resume().once('end', () => {
        this.#running -= 1;
        stdout.end();
        this.#waiting.splice(0).forEach((go) => go());
        resolve({ kind: 'exited', code: 0 });
      });
    });
    return { stdin, stdout, stderr, exit };
  };
}

test.each([
  ['as many as asked for', 10, 1, 4],
  ['three on a connection', 3, 2, 3],
  ['one, with further connections', 1, 4, 1],
  ['nothing that is certain, where others wait for the end of the first', 1, 1, undefined],
])('counts the commands that share a connection: %s', async (_what, per, connections, count) => {
  const { start } = new Server(per, connections);
  expect(await countSessions({ start }, 4, signal)).toBe(count);
});

test('commands that are refused do not count, and where all are, that is the failure', async () => {
  const { start } = new Server(10, 1);
  let started = 0;
  const two = () => ((started += 1) > 2 ? Promise.reject(new Error('no room')) : start());
  // Two on one connection, and two of whom nothing is known: it may have been for another reason.
  expect(await countSessions({ start: two }, 4, signal)).toBeUndefined();
  const none = () => Promise.reject(new Error('no room'));
  await expect(countSessions({ start: none }, 4, signal)).rejects.toThrow('no room');
});

test('a host that does not name its connections gives no count', async () => {
  const transport = new LocalTransport({ host: 'here', env: { PATH: process.env['PATH'] } });
  expect(await countSessions(transport, 4, signal)).toBeUndefined();
  await transport.close();
});
