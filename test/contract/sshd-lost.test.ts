// Connections that end in the middle, with and without a word: what is told here, and what is left on the host.
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { capture, run } from '../../src/transport/run.ts';
import { connectSsh } from '../../src/transport/ssh/ssh-transport.ts';
import type { Transport } from '../../src/transport/transport.ts';
import {
  ignoreOutput,
  processesWith,
  readUntil,
  textCommand,
  uniqueSleep,
} from './cases/support.ts';
import { onlyKey, sshScene } from './ssh-scene.ts';
import type { ClientDirectory } from './sshd-client.ts';
import { startProxy, type CuttableProxy } from './sshd-proxy.ts';
import { publicKey, tool, type Sshd } from './sshd-server.ts';

const scene = sshScene();
let key: string;
let sshd: Sshd;
let proxy: CuttableProxy;
let client: ClientDirectory;
let transport: Transport;

/** As ContractHost has it: what runs on the host, seen past the connection. */
const host = { look: (script: string) => tool('sh', '-c', script) } as Parameters<
  typeof processesWith
>[0];
const runningWith = (unique: string) => processesWith(host, unique);
const lost = { name: 'ConnectError', reason: 'lost', host: 'web-1' };

beforeAll(async () => {
  key = await scene.key('id');
  sshd = await scene.sshd({
    authorizedKeys: [await publicKey(key)],
    config: ['RekeyLimit 16M', 'LogLevel DEBUG1'],
  });
});
beforeEach(async () => {
  // A silent host is noticed after three seconds instead of a minute.
  const config = `${onlyKey(key)}\nServerAliveInterval 1\nServerAliveCountMax 2`;
  client = await scene.client({ config });
  await client.know(`* ${await sshd.hostKey()}`);
  proxy = await startProxy(sshd.port);
  transport = await connectSsh(client.target(`127.0.0.1:${proxy.port}`), client.options());
});
afterEach(async () => {
  await transport.close();
  await proxy.close();
});

/** The ways in which a connection ends, and how its host comes back to itself. */
const ways: readonly [string, () => Promise<void> | void, (() => Promise<void>)?][] = [
  ['it is reset', () => proxy.cut()],
  ['sshd is killed', () => sshd.signalSessions('SIGKILL')],
  ['a router forgets it', () => proxy.forget(), () => Promise.resolve().then(() => proxy.cut())],
  [
    'the host is frozen',
    () => sshd.signalSessions('SIGSTOP'),
    () => sshd.signalSessions('SIGCONT'),
  ],
];

describe.each(ways)('%s', (_name, happens, mended) => {
  test('a command is lost, and nothing is left of it', async () => {
    const unique = uniqueSleep();
    const answer = run(transport, textCommand(['sh', '-c', `sleep ${unique} & sleep ${unique}`]));
    const outcome = expect(answer).rejects.toMatchObject({
      ...lost,
      hint: expect.stringContaining('look before you repeat it') as string,
    });
    await expect.poll(() => runningWith(unique)).not.toEqual([]);
    await happens();
    await outcome;
    await mended?.();
    await expect.poll(() => runningWith(unique), { timeout: 10_000 }).toEqual([]);
  });

  test('a process with an input is lost; writing to it fails, and nothing is left of it', async () => {
    const unique = uniqueSleep();
    const process = await transport.start({
      argv: ['sh', '-c', `sleep ${unique} & echo up; cat >/dev/null; wait`],
    });
    await readUntil(process.stdout, 'up');
    ignoreOutput(process);
    await happens();
    expect(await process.exit).toMatchObject({ kind: 'lost', cause: lost });
    const failed = new Promise((resolve) => process.stdin.write('late', resolve));
    expect(await failed).toBeInstanceOf(Error);
    await mended?.();
    await expect.poll(() => runningWith(unique), { timeout: 10_000 }).toEqual([]);
  });

  test('a request on a socket of the host fails', async () => {
    const silent = createServer((socket) => void socket.on('error', () => undefined));
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const socket = await transport.dial({ address: '127.0.0.1', port });
    socket.write('GET / HTTP/1.1\r\n\r\n');
    const failed = once(socket, 'error');
    await happens();
    expect((await failed)[0]).toMatchObject(lost);
    await mended?.();
    silent.close();
  });
});

test('the host ends by itself what is past its deadline when nobody can tell it to', async () => {
  const unique = uniqueSleep();
  const process = await transport.start(
    { argv: ['sh', '-c', `echo up; exec sleep ${unique}`] },
    { input: 'none', deadlineMs: -7000 },
  );
  await readUntil(process.stdout, 'up');
  ignoreOutput(process);
  proxy.forget();
  expect(await process.exit).toMatchObject({ kind: 'lost' });
  // The host still believes in the connection.
  await expect.poll(() => runningWith(unique), { timeout: 10_000 }).toEqual([]);
});

test('what comes from the host is a sign of life, also where our questions do not reach it', async () => {
  const process = await transport.start({
    argv: ['sh', '-c', 'for i in 1 2 3 4 5 6 7 8 9; do sleep 0.5; echo $i; done; sleep 9000'],
  });
  process.stderr.resume();
  await readUntil(process.stdout, '1');
  proxy.forget('up');
  expect(await readUntil(process.stdout, '9')).toContain('9');
  process.stdout.resume();
  expect(await process.exit).toMatchObject({ kind: 'lost', cause: lost });
});

describe('a client that is killed leaves nothing on the host', () => {
  const begin = async (unique: string) => {
    const target = client.target(sshd.address);
    const job = { target, stateDir: client.stateDir, argv: ['sh', '-c', `sleep ${unique}; :`] };
    const script = join(import.meta.dirname, 'client-process.ts');
    const argv = ['--import', 'tsx', script, JSON.stringify(job)];
    const child = spawn(process.execPath, argv, {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, HOME: client.path },
    });
    await readUntil(child.stdout, 'connected');
    await expect.poll(() => runningWith(unique), { timeout: 10_000 }).not.toEqual([]);
    return child;
  };

  test('on a connection of its own', async () => {
    const unique = uniqueSleep();
    const child = await begin(unique);
    child.kill('SIGKILL');
    await expect.poll(() => runningWith(unique), { timeout: 10_000 }).toEqual([]);
  });

  test('on a connection that a master of ssh keeps', async () => {
    const unique = uniqueSleep();
    const control = join(client.path, '%C');
    const more = `ControlPath ${control}\n${onlyKey(key)}`;
    await client.configure(more);
    const where = ['-F', client.configFile, '-p', String(sshd.port)];
    const master = spawn('ssh', [...where, '-M', '-N', '127.0.0.1'], { stdio: 'ignore' });
    await expect
      .poll(() =>
        tool('ssh', ...where, '-O', 'check', '127.0.0.1').then(
          () => true,
          () => false,
        ),
      )
      .toBe(true);
    const before = await sshd.logins();
    const child = await begin(unique);
    expect(await sshd.logins()).toBe(before);
    child.kill('SIGKILL');
    await expect.poll(() => runningWith(unique), { timeout: 10_000 }).toEqual([]);
    master.kill();
    await once(master, 'exit');
  });
});

test('new keys every 16 MiB change nothing in 128 MiB either way', async () => {
  const bytes = randomBytes(128 * 1024 * 1024);
  const keys = async () => (await sshd.log()).match(/SSH2_MSG_NEWKEYS sent/g)?.length ?? 0;
  const before = await keys();
  const sum = createHash('sha256').update(bytes).digest('hex');
  const { stdout } = await capture(transport, {
    ...textCommand(['sh', '-c', 'tee /dev/fd/3 3>&1 >/dev/null | cat'], {
      stdin: bytes,
      maxBytes: bytes.length,
    }),
  });
  expect(createHash('sha256').update(stdout).digest('hex')).toBe(sum);
  expect((await keys()) - before).toBeGreaterThan(6);
});
