// Bridges by real programs of this machine, to real sockets; only the direct way is made to fail.
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Duplex } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CancelledError } from '../../../src/errors.ts';
import { dialError } from '../../../src/transport/dial-error.ts';
import { LocalTransport } from '../../../src/transport/local-transport.ts';
import { SocketBridge } from '../../../src/transport/socket-bridge.ts';
import type { Endpoint, ProcessSpec, StartOptions } from '../../../src/transport/transport.ts';
import { readAll } from '../../contract/cases/support.ts';

let directory: string;
let server: Server;
let echo: Endpoint;
let started: ProcessSpec[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tcore-'));
  const path = join(directory, 'echo.sock');
  server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => undefined);
    socket.pipe(socket, { end: false });
    socket.on('end', () => socket.end(' END'));
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  echo = { path };
});
afterAll(async () => {
  server.close();
  await rm(directory, { recursive: true });
});
beforeEach(() => {
  started = [];
});

function bridge(env = process.env, doom = new AbortController().signal): SocketBridge {
  const local = new LocalTransport({ host: 'web-1', env });
  return new SocketBridge('web-1', (spec: ProcessSpec, options?: StartOptions) => {
    started.push(spec);
    const signal = AbortSignal.any([doom, ...(options?.signal ? [options.signal] : [])]);
    return local.start(spec, { ...options, signal });
  });
}

const forbidden = (endpoint: Endpoint) => (): Promise<Duplex> =>
  Promise.reject(
    dialError('forbidden', endpoint, { host: 'web-1', hint: 'AllowStreamLocalForwarding' }),
  );

async function ask(through: SocketBridge, endpoint: Endpoint, text: string): Promise<string> {
  const socket = await through.dial(endpoint, forbidden(endpoint));
  socket.end(text);
  return (await readAll(socket)).toString();
}

describe('a socket that may not be dialled directly', () => {
  test('is reached through a program, which is remembered', async () => {
    const through = bridge();
    expect(await ask(through, echo, 'one')).toBe('one END');
    const searching = started.length;
    expect(await ask(through, echo, 'two')).toBe('two END');
    expect(started.length - searching).toBe(1);
    expect(started.at(-1)?.argv).toEqual(started.at(-2)?.argv);
  });

  test('is reached when it is a TCP port', async () => {
    const port = await new Promise<number>((resolve) => {
      const tcp = createServer({ allowHalfOpen: true }, (socket) => {
        socket.pipe(socket);
        socket.on('close', () => tcp.close());
      }).listen(0, '127.0.0.1', () => resolve((tcp.address() as { port: number }).port));
    });
    expect(await ask(bridge(), { address: '127.0.0.1', port }, 'over tcp')).toBe('over tcp');
  });

  test('is reached by its path to the letter, whatever socat would make of it', async () => {
    const path = `${directory}/a!!EXEC:id,x.sock`;
    const odd = createServer((socket) => socket.end('odd')).listen(path);
    await new Promise((resolve) => odd.once('listening', resolve));
    try {
      expect(await ask(bridge(), { path }, '')).toBe('odd');
      expect(started.map(({ argv }) => argv[0])).not.toContain('socat');
    } finally {
      odd.close();
    }
  });

  test('is missing when it is not there', async () => {
    const none = { path: join(directory, 'none.sock') };
    await expect(bridge().dial(none, forbidden(none))).rejects.toMatchObject({ reason: 'missing' });
  });

  test('is refused when it is no socket, or nobody listens', async () => {
    const file = { path: join(directory, 'file') };
    await writeFile(file.path, '');
    await expect(bridge().dial(file, forbidden(file))).rejects.toMatchObject({ reason: 'refused' });
    const dead = { address: '127.0.0.1', port: 1 };
    await expect(bridge().dial(dead, forbidden(dead))).rejects.toMatchObject({ reason: 'refused' });
  });

  test('stays forbidden, with the hint of the direct way, when no program helps', async () => {
    const tools = await mkdtemp(join(directory, 'tools-'));
    await writeFile(join(tools, 'sh'), '#!/bin/sh\nexec /bin/sh "$@"\n');
    await chmod(join(tools, 'sh'), 0o755);
    await expect(bridge({ PATH: tools }).dial(echo, forbidden(echo))).rejects.toMatchObject({
      reason: 'forbidden',
      hint: 'AllowStreamLocalForwarding',
    });
  });

  test('is not bridged when it is missing or refused in the first place', async () => {
    const refused = dialError('refused', echo, { host: 'web-1' });
    await expect(bridge().dial(echo, () => Promise.reject(refused))).rejects.toBe(refused);
    expect(started).toEqual([]);
  });

  test('is not bridged when the dial was cancelled', async () => {
    const dial = bridge().dial(echo, forbidden(echo), { signal: AbortSignal.abort() });
    await expect(dial).rejects.toThrow(CancelledError);
  });

  test('is closed with an error when the program dies in between', async () => {
    const doom = new AbortController();
    const socket = await bridge(process.env, doom.signal).dial(echo, forbidden(echo));
    const failure = new Promise<Error>((resolve) => socket.once('error', resolve));
    doom.abort();
    socket.resume();
    expect((await failure).message).toContain(`Could not connect to`);
  });
});

test('sudo is tried where the user may not open the socket', async () => {
  const tools = await mkdtemp(join(directory, 'sudo-'));
  // Stands for sudo: notes what it was asked for, and does it.
  const sudo = `#!/bin/sh\necho "$*" >>${tools}/asked\nshift; [ "$1" = -- ] && shift\nexec "$@"\n`;
  // Stands for a user that may not open it: the look says so.
  const look = `#!/bin/sh\ncase $* in *look*) exit 5;; esac\nexec /bin/sh "$@"\n`;
  await writeFile(join(tools, 'sudo'), sudo, { mode: 0o755 });
  // The tests may be run by root, who would need no sudo.
  await writeFile(join(tools, 'id'), '#!/bin/sh\necho 1000\n', { mode: 0o755 });
  await writeFile(join(tools, 'sh'), look, { mode: 0o755 });
  const env = { ...process.env, PATH: [tools, process.env['PATH']].join(delimiter) };
  expect(await ask(bridge(env), echo, 'as root')).toBe('as root END');
  expect(started.at(-1)?.argv.slice(0, 3)).toEqual(['sudo', '-n', '--']);
});
