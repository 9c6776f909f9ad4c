// How much is sent ahead, kept and put together on a channel: over ssh2's own connection and over an OpenSSH master.
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import ssh2, { type Client, type ClientChannel, type ServerChannel, type Session } from 'ssh2';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startDelayProxy, type DelayProxy } from '../../bench/delay-proxy.ts';
import { attachMaster } from '../../src/transport/mux/mux-client.ts';
import { internalsOf } from '../../src/transport/ssh/ssh-channel-internals.ts';
import { ChannelReader, ChannelWriter } from '../../src/transport/ssh/ssh-channel.ts';
import { ReceiveWindow } from '../../src/transport/ssh/ssh-window.ts';
import { runMaster, type RunningMaster } from './openssh-master-process.ts';
import { makeClient, type ClientDirectory } from './sshd-client.ts';
import { makeKey, publicKey, startSshd, type Sshd } from './sshd-server.ts';

const mebibyte = 1024 * 1024;
const roundTripMs = 100;
const bytes = randomBytes(64 * mebibyte);
const sha256 = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');

let client: ClientDirectory;
let server: Sshd;
let far: DelayProxy;
let master: RunningMaster;
let key: string;

beforeAll(async () => {
  client = await makeClient();
  key = await makeKey(join(client.path, 'id'));
  server = await startSshd({ authorizedKeys: [await publicKey(key)] });
  far = await startDelayProxy(server.port, roundTripMs);
  await client.configure(
    `Host *\n  HostKeyAlias flow\n  IdentityFile ${key}\n  IdentitiesOnly yes`,
  );
  await client.know(`flow ${await server.hostKey()}`);
  const argv = ['-F', client.configFile, '-p', String(far.port), '127.0.0.1'];
  master = await runMaster(join(client.path, 'master'), argv);
  await writeFile(join(client.path, 'bytes'), bytes);
});
afterAll(async () => {
  await master.kill();
  await far.close();
  await server.stop();
  await client.remove();
});

async function logIn(): Promise<Client> {
  const expected = await server.hostKey();
  const connection = new ssh2.Client();
  connection.connect({
    host: '127.0.0.1',
    port: far.port,
    username: server.user,
    privateKey: await readFile(key),
    hostVerifier: (shown: Buffer) => expected.endsWith(` ${shown.toString('base64')}`),
  });
  await once(connection, 'ready');
  return connection;
}

async function attach(): Promise<Client> {
  const path = join(client.path, 'master');
  return (await attachMaster(path, { timeoutMs: 5000, owned: true })).client;
}

function exec(on: Client, command: string): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    on.exec(command, (error, channel) => (error ? reject(error) : resolve(channel)));
  });
}

/** A channel dressed as processes have it. */
async function start(on: Client, command: string) {
  const channel = await exec(on, command);
  const window = new ReceiveWindow(channel);
  const stdout = new ChannelReader(channel, window);
  const stdin = new ChannelWriter(channel);
  channel.stderr.resume();
  const inside = internalsOf(channel);
  if (inside === undefined) throw new Error('ssh2 is not what occ takes it for');
  return { channel, window, stdout, stdin, inside };
}

async function digest(stream: Readable, most = Infinity): Promise<string> {
  const hash = createHash('sha256');
  let left = most;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    hash.update(chunk);
    left -= chunk.length;
    if (left <= 0) break;
  }
  return hash.digest('hex');
}

/** Waits until nothing more comes, and answers how much lies there. */
async function settled(stream: Readable): Promise<number> {
  let before = -1;
  while (stream.readableLength !== before) {
    before = stream.readableLength;
    await delay(5 * roundTripMs);
  }
  return before;
}

describe.each([
  { name: 'a connection of ssh2', open: logIn, grown: [4 * mebibyte, 32 * mebibyte] },
  { name: 'an OpenSSH master', open: attach, grown: [4 * mebibyte, 4 * mebibyte] },
])('over $name, with a round trip of 100 ms', ({ open, grown: [least = 0, most = 0] }) => {
  let on: Client;
  beforeAll(async () => {
    on = await open();
    on.on('error', () => undefined);
  });
  afterAll(async () => {
    const closed = once(on, 'close');
    on.end();
    await closed;
  });

  test('64 MiB arrive whole, through a window that has grown', async () => {
    const { stdin, stdout, window } = await start(on, `cat ${join(client.path, 'bytes')}`);
    stdin.end();
    expect(await digest(stdout)).toBe(sha256(bytes));
    expect(window.size).toBeGreaterThanOrEqual(least);
    expect(window.size).toBeLessThanOrEqual(most);
  });

  test('64 MiB reach the host whole, in pieces of every size', async () => {
    const { stdin, stdout } = await start(on, 'sha256sum');
    const pieces = function* (): Generator<Buffer> {
      for (let at = 0, size = 1; at < bytes.length; at += size, size = (size * 7) % 300_007) {
        yield bytes.subarray(at, at + size);
      }
    };
    const answer = digest(stdout);
    await pipeline(Readable.from(pieces()), stdin);
    expect(await answer).toBe(sha256(Buffer.from(`${sha256(bytes)}  -\n`)));
  });

  test('a reader that stops leaves no more than the window in memory', async () => {
    const { channel, stdout, window, inside } = await start(on, 'cat /dev/zero');
    stdout.on('data', () => undefined);
    await expect.poll(() => window.size, { timeout: 20_000 }).toBeGreaterThanOrEqual(least);
    stdout.pause();
    const unread = (await settled(channel)) + stdout.readableLength;
    expect(unread).toBeGreaterThan(2 * mebibyte);
    expect(unread).toBeLessThanOrEqual(window.size + stdout.readableHighWaterMark + 32 * 1024);
    expect(inside.incoming.window).toBeGreaterThanOrEqual(0);
    const closed = once(channel, 'close');
    channel.close();
    stdout.finish();
    await closed;
  });

  test('a thousand writes of one byte in one turn leave in two packets, in order', async () => {
    const { stdin, stdout, inside } = await start(on, 'cat');
    const protocol = inside._client._protocol as unknown as Record<
      'channelData',
      (channel: number, data: Buffer) => void
    >;
    const sizes: number[] = [];
    const channelData = protocol.channelData.bind(protocol);
    protocol.channelData = (channel, data) => {
      sizes.push(data.length);
      channelData(channel, data);
    };
    const text = bytes.subarray(0, 1000);
    for (const byte of text) stdin.write(Buffer.of(byte));
    stdin.end();
    expect(await digest(stdout)).toBe(sha256(text));
    expect(sizes).toEqual([1, 999]);
  });
});

test('a server that sends more than it may is hung up on, and fills no memory', async () => {
  const sent = { bytes: 0 };
  const evil = await listen((session) => session.on('exec', (accept) => flood(accept(), sent)));
  const { channel, stdout } = await start(evil.connection, 'x');
  const [error] = (await once(channel, 'error')) as [Error];
  expect(error.message).toBe('The server sent more than it was allowed to');
  expect(sent.bytes).toBeGreaterThan(4 * mebibyte);
  expect(channel.readableLength + stdout.readableLength).toBeLessThanOrEqual(4 * mebibyte);
  evil.close();
});

/** A connection to a server of the test's own, in the same process. */
async function listen(serve: (session: Session) => void) {
  const hostKey = await readFile(await makeKey(join(client.path, 'evil')));
  const server = new ssh2.Server({ hostKeys: [hostKey] }, (connection) => {
    connection.on('error', () => undefined);
    connection.on('authentication', (login) => login.accept());
    connection.on('session', (accept) => serve(accept()));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const connection = new ssh2.Client();
  connection.connect({ host: '127.0.0.1', port, username: 'x', hostVerifier: () => true });
  await once(connection, 'ready');
  const close = (): void => {
    connection.destroy();
    server.close();
  };
  return { connection, close };
}

/** Sends 16 MiB in packets of an odd size, whatever the window. */
function flood(channel: ServerChannel, sent: { bytes: number }): void {
  const { outgoing } = channel as unknown as { outgoing: { window: number } };
  for (let count = 0; count < 16 * 33; count += 1) {
    outgoing.window = 1e9;
    channel.write(Buffer.alloc(31_777));
    sent.bytes += 31_777;
  }
}
