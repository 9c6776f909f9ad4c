// The ways to a server: chains of jump hosts, proxies, address families, source addresses. Real sshd, real configuration.
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { run } from '../../src/transport/run.ts';
import { SshPool } from '../../src/transport/ssh/ssh-pool.ts';
import type { ConnectProgress } from '../../src/transport/ssh/ssh-progress.ts';
import { ConnectDeadline } from '../../src/transport/ssh/ssh-deadline.ts';
import { connectFirst } from '../../src/transport/ssh/ssh-tcp.ts';
import { connectSsh } from '../../src/transport/ssh/ssh-transport.ts';
import { textCommand } from './cases/support.ts';
import { greet } from './ssh-login.ts';
import { sshScene } from './ssh-scene.ts';
import { nobody, type ClientDirectory } from './sshd-client.ts';
import { freePort, publicKey, tool, type Sshd } from './sshd-server.ts';

/** Root can let others log in as well; a login shell is not needed to be a jump host. */
const otherUser = userInfo().uid === 0 ? 'nobody' : userInfo().username;

const scene = sshScene();
let keys: { target: string; first: string; second: string };
let target: Sshd;
let first: Sshd;
let second: Sshd;
let client: ClientDirectory;

beforeAll(async () => {
  keys = {
    target: await scene.key('target'),
    first: await scene.key('first'),
    second: await scene.key('second'),
  };
  const server = async (path: string, config: string[] = []) =>
    scene.sshd({ authorizedKeys: [await publicKey(path)], config });
  target = await server(keys.target);
  first = await server(keys.first, ['ListenAddress ::1', 'MaxStartups 2']);
  // Not in a directory that only we may read: sshd reads it as the user who logs in.
  const authorized = join(scene.work, 'authorized_keys');
  await chmod(scene.work, 0o755);
  await writeFile(authorized, await publicKey(keys.second));
  second = await server(keys.second, [`AuthorizedKeysFile ${authorized}`]);
});
beforeEach(async () => {
  client = await scene.client();
  const names = [target, first, second].map(async (sshd) => `* ${await sshd.hostKey()}`);
  await client.know(...(await Promise.all(names)));
});

const named = (name: string, { port }: Sshd, ...lines: string[]): string =>
  [`Host ${name}`, 'HostName 127.0.0.1', `Port ${port}`, ...lines].join('\n  ');
const only = (key: string): string => `IdentityFile ${key}\n  IdentitiesOnly yes`;

const failure = (...args: Parameters<typeof connectSsh>): Promise<unknown> =>
  connectSsh(...args).then(
    () => undefined,
    (error: unknown) => error,
  );

/** Waits for what a server writes about a connection that has ended. */
const closedLogins = async (sshd: Sshd): Promise<number> =>
  (await sshd.log()).match(/Disconnected from user|Connection closed by user/g)?.length ?? 0;

describe('jump hosts', () => {
  test('each with its own user, port and key; the key of the target is not shown to them', async () => {
    await client.configure(
      [
        named('first', first, only(keys.first)),
        named('second', second, only(keys.second), `User ${otherUser}`, 'ProxyJump first'),
        named('target', target, 'ProxyJump second'),
      ].join('\n'),
    );
    const settings = client.target('target', { identityFile: keys.target });
    expect(await greet(settings, client.options())).toBe('hello');
    const accepted = async (sshd: Sshd) =>
      /Accepted publickey for (\S+) .*(SHA256:\S+)/.exec(await sshd.log())?.slice(1);
    const printOf = async (key: string) => (await tool('ssh-keygen', '-lf', key)).split(' ')[1];
    expect(await accepted(first)).toEqual([userInfo().username, await printOf(keys.first)]);
    expect(await accepted(second)).toEqual([otherUser, await printOf(keys.second)]);
    expect(await first.log()).not.toContain('Failed publickey');
    expect(await second.log()).not.toContain('Failed publickey');
  });

  test('three in a row, the first over IPv6', async () => {
    await client.configure(`Host *\n  ${only(keys.second)}\n  IdentityFile ${keys.first}`);
    const proxyJump = `[::1]:${first.port},${second.address},${first.address}`;
    const settings = client.target(target.address, { proxyJump, identityFile: keys.target });
    expect(await greet(settings, client.options())).toBe('hello');
    expect(await first.log()).toContain('Connection from ::1');
  });

  test('none, although the configuration names one', async () => {
    await client.configure(`Host *\n  ${only(keys.target)}\n  ProxyJump nowhere.invalid`);
    const settings = client.target(target.address, { proxyJump: 'none' });
    expect(await greet(settings, client.options())).toBe('hello');
  });
});

describe('a bastion that takes two logins at a time, with fifty hosts behind it', () => {
  const hosts = Array.from({ length: 50 }, (_, index) => `web-${index + 1}`);
  beforeEach(() =>
    client.configure(
      [
        named('bastion', first, only(keys.first)),
        named('web-*', target, only(keys.target), 'ProxyJump bastion'),
      ].join('\n'),
    ),
  );

  test('is logged in to once for all of them, and left when the last is done', async () => {
    const [before, closed] = [await first.logins(), await closedLogins(first)];
    const pool = new SshPool();
    const options = client.options(nobody, { pool });
    const answers = await Promise.all(
      hosts.map((host) => greet({ ...client.target(host), host }, options)),
    );
    expect(answers).toEqual(hosts.map(() => 'hello'));
    expect(await first.logins()).toBe(before + 1);
    await expect.poll(() => closedLogins(first)).toBe(closed + 1);
  });

  test('takes all of them also when each logs in by itself', async () => {
    const before = await first.logins();
    const answers = await Promise.all(
      hosts.slice(0, 12).map((host) => greet({ ...client.target(host), host }, client.options())),
    );
    expect(answers).toEqual(answers.map(() => 'hello'));
    expect(await first.logins()).toBe(before + 12);
  });

  test('is logged in to anew by who comes after it was lost; who used it is told so', async () => {
    const pool = new SshPool();
    const options = client.options(nobody, { pool });
    const transport = await connectSsh({ ...client.target('web-1'), host: 'web-1' }, options);
    await first.killSessions();
    await expect(run(transport, textCommand(['true']))).rejects.toMatchObject({
      reason: 'lost',
      host: 'web-1',
    });
    expect(await greet({ ...client.target('web-2'), host: 'web-2' }, options)).toBe('hello');
    await transport.close();
  });

  test('whose login fails, fails for each host in its own name', async () => {
    await client.configure(
      [
        named('bastion', first, only(keys.second)),
        named('web-*', target, 'ProxyJump bastion'),
      ].join('\n'),
    );
    const before = (await first.log()).match(/Failed publickey/g)?.length ?? 0;
    const options = client.options(nobody, { pool: new SshPool() });
    const failures = await Promise.all(
      ['web-1', 'web-2'].map((host) => failure({ ...client.target(host), host }, options)),
    );
    expect(failures).toMatchObject([
      { reason: 'auth', host: 'web-1' },
      { reason: 'auth', host: 'web-2' },
    ]);
    const after = (await first.log()).match(/Failed publickey/g)?.length ?? 0;
    expect(after - before).toBe(1);
  });
});

test('one server that takes two logins at a time takes fifty at once', async () => {
  await client.configure(`Host *\n  ${only(keys.first)}`);
  const options = client.options(nobody, { pool: new SshPool() });
  const hosts = Array.from({ length: 50 }, (_, index) => `web-${index + 1}`);
  const answers = await Promise.all(
    hosts.map((host) => greet({ ...client.target(first.address), host }, options)),
  );
  expect(answers).toEqual(hosts.map(() => 'hello'));
});

describe('addresses', () => {
  beforeEach(() => client.configure(`Host *\n  ${only(keys.target)}`));

  test('of another family than AddressFamily allows are not tried', async () => {
    await client.configure(`Host *\n  ${only(keys.target)}\n  AddressFamily inet6`);
    const byName = await failure(client.target(`localhost:${target.port}`), client.options());
    expect(byName).toMatchObject({
      reason: expect.stringMatching(/^(dns|refused)$/) as string,
      message: expect.stringMatching(/localhost/) as string,
    });
    expect(await failure(client.target(target.address), client.options())).toMatchObject({
      reason: 'config',
      message: expect.stringContaining('AddressFamily inet6') as string,
    });
  });

  test('of IPv6 are reached', async () => {
    await client.configure(`Host *\n  ${only(keys.first)}`);
    expect(await greet(client.target(`[::1]:${first.port}`), client.options())).toBe('hello');
  });

  test.each([
    ['BindAddress 127.0.0.2', /Connection from 127\.0\.0\.2 /],
    ['BindInterface lo', /Connection from 127\.0\.0\.1 /],
  ])('of ours: %s', async (line, logged) => {
    await client.configure(`Host *\n  ${only(keys.target)}\n  ${line}`);
    expect(await greet(client.target(target.address), client.options())).toBe('hello');
    expect(await target.log()).toMatch(logged);
  });

  test.each([
    ['BindAddress 192.0.2.1', 'config', /cannot come from 192\.0\.2\.1/],
    ['BindAddress ::1', 'config', /no address of the same family as 127\.0\.0\.1/],
    ['BindAddress nowhere.invalid', 'config', /nowhere\.invalid .*does not resolve/],
    ['BindInterface none-such0', 'config', /no such interface/],
  ])('of ours that we do not have: %s', async (line, reason, message) => {
    await client.configure(`Host *\n  ${only(keys.target)}\n  ${line}`);
    expect(await failure(client.target(target.address), client.options())).toMatchObject({
      reason,
      host: 'web-1',
      message: expect.stringMatching(message) as string,
    });
  });

  const place = { host: 'web-1', jump: undefined, hostname: 'web-1.example' };
  const reach = async (addresses: readonly string[], port: number) => {
    const candidates = addresses.map((address) => ({
      address,
      family: address.includes(':') ? (6 as const) : (4 as const),
      source: undefined,
    }));
    using deadline = new ConnectDeadline(5, () => ({ host: 'web-1', place: 'web-1' }));
    const config = { hostname: 'web-1.example', port, addressFamily: 'any' as const };
    const rest = { bindAddress: undefined, bindInterface: undefined, proxyCommand: undefined };
    const socket = await connectFirst(candidates, {
      place: { ...place, port },
      config: { ...config, ...rest, proxyUseFdpass: false },
      deadline,
    });
    const { remoteAddress } = socket;
    socket.destroy();
    return remoteAddress;
  };

  test('of one name are tried until one answers', async () => {
    expect(await reach(['::1', '127.0.0.1'], target.port)).toBe('127.0.0.1');
    // Nobody answers there, or the network says so at once.
    expect(await reach(['198.51.100.1', '127.0.0.1'], target.port)).toBe('127.0.0.1');
  });

  test('of one name are all named when none answers', async () => {
    await expect(reach(['::1', '127.0.0.1'], await freePort())).rejects.toMatchObject({
      reason: 'refused',
      message: expect.stringContaining(
        'at any of its addresses (::1: ECONNREFUSED; 127.0.0.1: ECONNREFUSED)',
      ) as string,
    });
  });
});

describe('ConnectTimeout', () => {
  test('of the configuration holds where the inventory says nothing', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    await client.configure('Host *\n  ConnectTimeout 1');
    const settings = client.target(`127.0.0.1:${port}`, { connectTimeoutSeconds: undefined });
    expect(await failure(settings, client.options())).toMatchObject({
      reason: 'timeout',
      message: expect.stringMatching(/within 1 s: .*no SSH server says hello/) as string,
    });
    silent.close();
  });
});

describe('a ProxyCommand', () => {
  const withProxy = (command: string) =>
    client.configure(`Host *\n  ${only(keys.target)}\n  ProxyCommand ${command}`);

  test('gets host, port and user', async () => {
    const seen = join(scene.work, 'seen');
    await withProxy(`sh -c 'echo %h %p %r >${seen}; exit 3'`);
    const outcome = await failure(client.target(`ann@${target.address}`), client.options());
    expect(outcome).toMatchObject({ reason: 'unreachable' });
    expect(await readFile(seen, 'utf8')).toBe(`127.0.0.1 ${target.port} ann\n`);
  });

  test('that fails is told with its own last words, made safe', async () => {
    await withProxy(`sh -c 'printf "no \\033[31mroute\\n" >&2; exit 7'`);
    expect(await failure(client.target(target.address), client.options())).toMatchObject({
      reason: 'unreachable',
      message: expect.stringMatching(/exited with 7, saying: no route$/) as string,
    });
  });

  test('that hangs is ended with everything that it started', async () => {
    const mark = `9000.${process.pid}`;
    await withProxy(`sh -c 'sleep ${mark} & sleep ${mark}; :'`);
    const settings = client.target(target.address, { connectTimeoutSeconds: 1 });
    expect(await failure(settings, client.options())).toMatchObject({ reason: 'timeout' });
    await expect.poll(() => tool('pgrep', '-f', `^sleep ${mark}`).catch(() => 'none')).toBe('none');
  });
});

test('every stage of every server on the way is told, in order', async () => {
  await client.configure(
    [
      named('hop', first, only(keys.first)),
      named('end', target, only(keys.target), 'ProxyJump hop'),
    ].join('\n'),
  );
  const told: ConnectProgress[] = [];
  const observe = (progress: ConnectProgress) => void told.push(progress);
  await greet(client.target('end'), client.options(nobody, { observe }));
  const lines = told.map(({ place, stage }) => `${place.jump ?? place.host} ${stage}`);
  expect(lines).toEqual([
    'web-1 config',
    ...['config', 'resolve', 'tcp', 'banner', 'host-key', 'login'].map((stage) => `hop ${stage}`),
    ...['tcp', 'banner', 'host-key', 'login'].map((stage) => `web-1 ${stage}`),
  ]);
  const details = Object.fromEntries(
    told.filter(({ place }) => place.jump === 'hop').map(({ stage, detail }) => [stage, detail]),
  );
  expect(details).toEqual({
    config: `${userInfo().username}@${first.address}`,
    resolve: '127.0.0.1',
    tcp: `${first.address} from 127.0.0.1`,
    banner: expect.stringMatching(/^SSH-2\.0-OpenSSH_/) as string,
    'host-key': `ssh-ed25519 ${await first.fingerprint()}`,
    login: expect.stringContaining(keys.first) as string,
  });
  expect(told.every(({ ms }) => ms >= 0)).toBe(true);
});
