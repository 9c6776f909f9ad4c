// A running OpenSSH master as an ssh2 client: everything that a connection is used for, and what is no master at all.
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { userInfo } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { Duplex } from 'node:stream';
import type { Client, ClientChannel } from 'ssh2';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { askMaster, attachMaster, MuxError } from '../../src/transport/mux/mux-client.ts';
import { removeStaleSocket } from '../../src/transport/mux/mux-socket.ts';
import { SshConnection } from '../../src/transport/ssh/ssh-connection.ts';
import { probe } from '../../src/transport/ssh/ssh2-probe.ts';
import { runMaster, type RunningMaster } from './openssh-master-process.ts';
import { makeClient, type ClientDirectory } from './sshd-client.ts';
import { startProxy } from './sshd-proxy.ts';
import { makeKey, publicKey, startSshd, tool, type Sshd } from './sshd-server.ts';

const timeoutMs = 5000;

let client: ClientDirectory;
let server: Sshd;
let controlPath: string;
let master: RunningMaster;
let sshArgv: (port: number) => string[];

beforeAll(async () => {
  client = await makeClient();
  const key = await makeKey(join(client.path, 'id'));
  server = await startSshd({ authorizedKeys: [await publicKey(key)], config: ['MaxSessions 100'] });
  await client.configure(`Host *\n  HostKeyAlias mux\n  IdentityFile ${key}\n  IdentitiesOnly yes`);
  await client.know(`mux ${await server.hostKey()}`);
  sshArgv = (port) => ['-F', client.configFile, '-p', String(port), '127.0.0.1'];
  controlPath = join(client.path, 'master');
  master = await runMaster(controlPath, sshArgv(server.port));
});
afterAll(async () => {
  await master.kill();
  await server.stop();
  await client.remove();
});

/** One command; everything that it says and how it ended. */
async function exec(
  on: Client,
  command: string,
  stdin?: Buffer,
  pty = false,
): Promise<{ out: Buffer; err: string; exit: unknown[] }> {
  const channel = await open((done) => on.exec(command, { pty }, done));
  const out: Buffer[] = [];
  let err = '';
  channel.on('data', (chunk: Buffer) => out.push(chunk));
  channel.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const closed = once(channel, 'close');
  channel.end(stdin);
  const exit = (await closed) as unknown[];
  return { out: Buffer.concat(out), err, exit };
}

type Opened = (error: Error | undefined, channel: ClientChannel) => void;

function open(start: (done: Opened) => void): Promise<ClientChannel> {
  return new Promise((resolve, reject) =>
    start((error, channel) => (error === undefined ? resolve(channel) : reject(error))),
  );
}

async function attached<T>(
  use: (on: Client) => Promise<T>,
  path = controlPath,
  owned = true,
): Promise<T> {
  const { client: on, socket } = await attachMaster(path, { timeoutMs, owned });
  on.on('error', () => undefined);
  try {
    return await use(on);
  } finally {
    const closed = once(socket, 'close');
    on.end();
    await closed;
  }
}

describe('a running master', () => {
  test('runs commands: both outputs, exit code, and no further login', async () => {
    const before = await server.logins();
    const result = await attached((on) => exec(on, 'echo out; echo err >&2; exit 3'));
    expect(result).toMatchObject({ err: 'err\n', exit: [3] });
    expect(result.out.toString()).toBe('out\n');
    expect(await server.logins()).toBe(before);
  });

  test('tells a signal from an exit code', async () => {
    const { exit } = await attached((on) => exec(on, 'kill -KILL $$'));
    expect(exit.slice(0, 2)).toEqual([null, 'SIGKILL']);
  });

  test('gives a terminal', async () => {
    const { out, exit } = await attached((on) => exec(on, 'tty && stty size', undefined, true));
    expect(out.toString()).toMatch(/^\/dev\/pts\/\d+\r\n24 80\r\n$/);
    expect(exit[0]).toBe(0);
  });

  test('carries 300 kB of binary stdin and its end', async () => {
    const sent = randomBytes(300_000);
    const { out } = await attached((on) => exec(on, 'cat', sent));
    expect(out.equals(sent)).toBe(true);
  });

  test('carries 64 MiB both ways without a changed byte', async () => {
    const sent = randomBytes(64 * 1024 * 1024);
    await attached(async (on) => {
      const { out } = await exec(on, 'cat', sent);
      expect(createHash('sha256').update(out).digest('hex')).toBe(
        createHash('sha256').update(sent).digest('hex'),
      );
    });
  });

  test('waits for a reader that is slow, without setting the rest aside', async () => {
    await attached(async (on) => {
      const channel = await open((done) => on.exec('head -c 20000000 /dev/zero', done));
      channel.pause();
      const other = await exec(on, 'echo meanwhile');
      expect(other.out.toString()).toBe('meanwhile\n');
      expect(channel.readableLength).toBeLessThanOrEqual(2 * 1024 * 1024);
      let size = 0;
      channel.on('data', (chunk: Buffer) => (size += chunk.length));
      channel.stderr.resume();
      channel.resume();
      await once(channel, 'close');
      expect(size).toBe(20_000_000);
    });
  });

  test('has 40 channels at once', async () => {
    const numbers = Array.from({ length: 40 }, (_, index) => index);
    const results = await attached((on) =>
      Promise.all(numbers.map((number) => exec(on, `cat; echo ${number}`, Buffer.from('in ')))),
    );
    expect(results.map(({ out }) => out.toString())).toEqual(numbers.map((n) => `in ${n}\n`));
  });

  test('forwards to TCP ports and Unix sockets, with half-close in both directions', async () => {
    const path = join(client.path, 'echo');
    const tcp = await echoServer();
    const unix = await echoServer(path);
    await attached(async (on) => {
      const { port } = tcp.address() as AddressInfo;
      const viaTcp = await open((done) => on.forwardOut('127.0.0.1', 0, '127.0.0.1', port, done));
      expect(await converse(viaTcp)).toBe('HELLO bye');
      const viaUnix = await open((done) => on.openssh_forwardOutStreamLocal(path, done));
      expect(await converse(viaUnix)).toBe('HELLO bye');
    });
    tcp.close();
    unix.close();
  });

  test('lives on when a client leaves in the middle of a command', async () => {
    const { client: on } = await attachMaster(controlPath, { timeoutMs });
    on.on('error', () => undefined);
    await open((done) => on.exec('cat /dev/zero', done));
    on.destroy();
    expect((await attached((next) => exec(next, 'echo still'))).out.toString()).toBe('still\n');
  });

  test('is alive, and its server sees no further login', async () => {
    const before = await server.logins();
    expect(await askMaster(controlPath, 'check')).toBe('alive');
    expect(await server.logins()).toBe(before);
  });
});

/** OpenSSH ends a master whose client leaves after a refused channel. */
describe('a refused channel', () => {
  const unix = (on: Client): Promise<unknown> =>
    open((done) => on.openssh_forwardOutStreamLocal('/nowhere', done));

  test('ends the master of occ when its client leaves, and is not asked of the next one', async () => {
    const path = join(client.path, 'refused');
    const first = await runMaster(path, sshArgv(server.port));
    const exited = once(first.process, 'exit');
    await attached(async (on) => {
      await expect(unix(on)).rejects.toMatchObject({ reason: 2 });
      expect((await exec(on, 'echo on')).out.toString()).toBe('on\n');
    }, path);
    await exited;
    const second = await runMaster(path, sshArgv(server.port));
    await attached((on) => expect(unix(on)).rejects.toMatchObject({ reason: 2 }), path);
    await attached((on) => expect(unix(on)).rejects.toMatchObject({ reason: 2 }), path);
    expect(await askMaster(path, 'check')).toBe('alive');
    await second.kill();
  });

  test('is not asked for just as a sign of life: other words of the host are one too', async () => {
    await attached(async (on) => {
      // With nothing open, in front of the first channel, and beside one that is silent.
      await probe(on);
      await Promise.all([probe(on), exec(on, 'true')]);
      const silent = await open((done) => on.exec('read line; echo $line', done));
      await probe(on);
      await Promise.all([probe(on), probe(on)]);
      let said = '';
      silent.on('data', (chunk: Buffer) => (said += chunk.toString()));
      silent.stderr.resume();
      const closed = once(silent, 'close');
      silent.end('still there\n');
      await closed;
      expect(said).toBe('still there\n');
    });
    expect(await askMaster(controlPath, 'check')).toBe('alive');
  });

  test('is never asked of a master that is not of occ', async () => {
    await attached(
      (on) => expect(unix(on)).rejects.toMatchObject({ reason: 1 }),
      controlPath,
      false,
    );
    const tcp = (on: Client): Promise<unknown> =>
      open((done) => on.forwardOut('127.0.0.1', 0, '127.0.0.1', server.port, done));
    await attached(
      (on) => expect(tcp(on)).rejects.toMatchObject({ reason: 1 }),
      controlPath,
      false,
    );
    expect(await askMaster(controlPath, 'check')).toBe('alive');
  });

  test('for a command does not end a master that is not of occ', async () => {
    const key = join(client.path, 'id');
    const strict = await startSshd({
      authorizedKeys: [await publicKey(key)],
      config: ['MaxSessions 1'],
    });
    const path = join(client.path, 'strict');
    await client.know(`mux ${await server.hostKey()}`, `mux ${await strict.hostKey()}`);
    const foreign = await runMaster(path, sshArgv(strict.port));
    const own = await attachMaster(path, { timeoutMs });
    const running = await open((done) => own.client.exec('sleep 600', done));
    const refused = attached((on) => exec(on, 'true'), path, false);
    await expect(refused).rejects.toMatchObject({ reason: 2 });
    expect(await askMaster(path, 'check')).toBe('alive');
    expect(running.writable).toBe(true);
    own.client.destroy();
    await foreign.kill();
    await strict.stop();
  });
});

describe('a connection over a master', () => {
  const place = { host: 'web-1', jump: undefined, hostname: '127.0.0.1', port: 22 };
  const connect = async (path: string): Promise<SshConnection> => {
    const { client: on, socket } = await attachMaster(path, { timeoutMs });
    return new SshConnection(on, socket, place);
  };
  const ended = async (connection: SshConnection): Promise<unknown> => {
    if (!connection.ended.aborted) await once(connection.ended, 'abort');
    return connection.ended.reason;
  };

  test('is lost when the master is killed, and so is its command', async () => {
    const path = join(client.path, 'killed');
    const doomed = await runMaster(path, sshArgv(server.port));
    const connection = await connect(path);
    const channel = await connection.exec('echo up; sleep 600');
    await once(channel, 'data');
    const closed = once(channel.resume(), 'close');
    await doomed.kill();
    expect(await ended(connection)).toMatchObject({ reason: 'lost', host: 'web-1' });
    expect(await closed).toEqual([undefined]);
    expect(await askMaster(path, 'check')).toBe('absent');
  });

  test('is lost when the connection of the master breaks', async () => {
    const proxy = await startProxy(server.port);
    const path = join(client.path, 'cut');
    const doomed = await runMaster(path, sshArgv(proxy.port));
    const connection = await connect(path);
    proxy.cut();
    expect(await ended(connection)).toMatchObject({ reason: 'lost' });
    await doomed.kill();
    await proxy.close();
  });

  test('is closed without ending the master', async () => {
    const connection = await connect(controlPath);
    await connection.close();
    expect(connection.ended.aborted).toBe(true);
    expect(await askMaster(controlPath, 'check')).toBe('alive');
  });
});

describe('asking a master to end', () => {
  test('ends it, and removes its socket', async () => {
    const path = join(client.path, 'ending');
    const asked = await runMaster(path, sshArgv(server.port));
    const exited = once(asked.process, 'exit');
    expect(await askMaster(path, 'exit')).toBe('alive');
    await exited;
    expect(await askMaster(path, 'exit')).toBe('absent');
    await expect(attachMaster(path, { timeoutMs })).rejects.toMatchObject({ reason: 'absent' });
  });

  test('of a master that is stopped fails in time', async () => {
    const path = join(client.path, 'stopped');
    const stopped = await runMaster(path, sshArgv(server.port));
    stopped.process.kill('SIGSTOP');
    const attempt = attachMaster(path, { timeoutMs: 100 });
    await expect(attempt).rejects.toMatchObject({ name: 'MuxError', reason: 'timeout' });
    const cancelled = new Error('enough');
    const signal = AbortSignal.abort(cancelled);
    await expect(attachMaster(path, { timeoutMs, signal })).rejects.toBe(cancelled);
    await stopped.kill();
  });
});

describe('what is no master of ours', () => {
  const reasonOf = async (path: string): Promise<unknown> => {
    const error: unknown = await attachMaster(path, { timeoutMs: 1000 }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(MuxError);
    return (error as MuxError).reason;
  };

  test('a socket that nobody listens on any more is stale, and can be removed', async () => {
    const path = join(client.path, 'stale');
    const crashed = await runMaster(path, sshArgv(server.port));
    await crashed.kill();
    expect(await reasonOf(path)).toBe('stale');
    expect(await askMaster(path, 'check')).toBe('absent');
    await removeStaleSocket(path, { timeoutMs });
    expect(await reasonOf(path)).toBe('absent');
  });

  test('a live one is not removed', async () => {
    await removeStaleSocket(controlPath, { timeoutMs });
    expect(await askMaster(controlPath, 'check')).toBe('alive');
  });

  test('a file, a link, and a directory that others can write to are refused', async () => {
    const file = join(client.path, 'file');
    await writeFile(file, '');
    expect(await reasonOf(file)).toBe('refused');
    const link = join(client.path, 'link');
    await symlink(controlPath, link);
    expect(await reasonOf(link)).toBe('refused');
    const open777 = join(client.path, 'open');
    await mkdir(open777);
    await chmod(open777, 0o777);
    const server777 = await answering(join(open777, 's'), () => undefined);
    expect(await reasonOf(join(open777, 's'))).toBe('refused');
    server777.close();
  });

  test('a directory is taken by a link of our own, and refused by a link that another user can change', async () => {
    const mine = join(client.path, 'mine');
    await symlink(dirname(controlPath), mine);
    expect(await askMaster(join(mine, basename(controlPath)), 'check')).toBe('alive');
    const theirs = join(client.path, 'theirs');
    await symlink(dirname(controlPath), theirs);
    const asRoot = userInfo().uid === 0 ? [] : ['sudo', '-n'];
    await tool('env', ...asRoot, 'chown', '-h', 'nobody', theirs);
    expect(await reasonOf(join(theirs, basename(controlPath)))).toBe('refused');
    await rm(theirs);
  });

  test('a path that the system would cut short is refused', async () => {
    expect(await reasonOf(join(client.path, 'x'.repeat(100)))).toBe('refused');
  });

  test.each<[string, string, Buffer]>([
    ['another version', 'unsupported', words(8, 1, 5)],
    [
      'no proxy mode',
      'unsupported',
      Buffer.concat([words(8, 1, 4), failure('unsupported request')]),
    ],
    ['a refusal', 'refused', Buffer.concat([words(8, 1, 4), failure('no', 0x80000002)])],
    ['an SSH server', 'protocol', Buffer.from('SSH-2.0-OpenSSH_9.2\r\n')],
    ['an answer to something else', 'protocol', words(8, 1, 4, 8, 0x8000000f, 7)],
    ['a message without end', 'protocol', words(0x7fffffff, 1)],
    ['a cut message', 'protocol', words(4, 1)],
  ])('%s', async (_what, reason, bytes) => {
    const path = join(client.path, 'fake');
    const fake = await answering(path, (socket) => socket.write(bytes));
    expect(await reasonOf(path)).toBe(reason);
    fake.close();
    await rm(path, { force: true });
  });

  test.each<[string, Buffer]>([
    ['a disconnect', Buffer.from([0, 0, 0, 2, 0, 1])],
    ['padding', Buffer.from([0, 0, 0, 3, 1, 94, 0])],
    ['an empty message', Buffer.from([0, 0, 0, 0])],
    ['a message that never ends', words(0x7fffffff, 0)],
    ['a malformed message about a channel', Buffer.from([0, 0, 0, 3, 0, 94, 0])],
  ])('%s in proxy mode ends the connection, nothing else', async (_what, bytes) => {
    const path = join(client.path, 'fake');
    const ready = Buffer.concat([words(8, 1, 4), words(8, 0x8000000f, 0)]);
    const fake = await answering(path, (socket) => socket.write(Buffer.concat([ready, bytes])));
    const { client: on, socket } = await attachMaster(path, { timeoutMs });
    const failed = once(on, 'error');
    const closed = once(socket, 'close');
    expect((await failed)[0]).toBeInstanceOf(Error);
    await closed;
    fake.close();
    await rm(path, { force: true });
  });
});

function words(...values: number[]): Buffer {
  const buffer = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => buffer.writeUInt32BE(value, index * 4));
  return buffer;
}

function failure(text: string, type = 0x80000003): Buffer {
  return Buffer.concat([words(12 + text.length, type, 0, text.length), Buffer.from(text)]);
}

async function answering(path: string, answer: (socket: Socket) => unknown): Promise<Server> {
  const fake = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => answer(socket));
  });
  fake.listen(path);
  await once(fake, 'listening');
  return fake;
}

/** Answers in capitals until the other side has ended, then says goodbye and ends. */
async function echoServer(path?: string): Promise<Server> {
  const echo = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('data', (chunk: Buffer) => socket.write(chunk.toString().toUpperCase()));
    socket.on('end', () => socket.end('bye'));
  });
  if (path === undefined) echo.listen(0, '127.0.0.1');
  else echo.listen(path);
  await once(echo, 'listening');
  return echo;
}

async function converse(channel: Duplex): Promise<string> {
  let text = '';
  channel.on('data', (chunk: Buffer) => (text += chunk.toString()));
  channel.end('hello ');
  await once(channel, 'end');
  return text;
}
