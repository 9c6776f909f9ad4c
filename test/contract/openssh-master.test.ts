// Starting the user's ssh as a master: real sshd processes, real questions, and every way in which it fails.
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, stat } from 'node:fs/promises';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { CancelledError } from '../../src/errors.ts';
import { Secret } from '../../src/secret.ts';
import { askMaster } from '../../src/transport/mux/mux-client.ts';
import { longestMasterPath } from '../../src/transport/mux/mux-socket.ts';
import { opensshVersion } from '../../src/transport/openssh/openssh-version.ts';
import { Masters } from './openssh-start.ts';
import { onlyKey, sshScene } from './ssh-scene.ts';
import { nobody, Person, type ClientDirectory } from './sshd-client.ts';
import { freePort, makeKey, publicKey, tool, type Sshd } from './sshd-server.ts';

const passphrase = 'open sesame';
/** OpenSSH's own software token for its regression tests (Debian: openssh-tests). */
const token = '/usr/lib/openssh/regress/misc/sk-dummy/sk-dummy.so';

const scene = sshScene();
let key: string;
let locked: string;
let server: Sshd;
let client: ClientDirectory;
let masters: Masters;

beforeAll(async () => {
  key = await scene.key('id');
  locked = await scene.key('locked', { passphrase });
  server = await scene.sshd({
    authorizedKeys: [await publicKey(key), await publicKey(locked)],
    hostKeys: ['ed25519', 'ecdsa'],
    config: ['AllowStreamLocalForwarding yes'],
  });
});
beforeEach(async () => {
  client = await scene.client({ config: onlyKey(key), knows: [server] });
  masters = new Masters(client);
});
afterEach(() => masters.end());

/** Processes whose command line holds a text. */
async function running(text: string): Promise<string> {
  return tool('pgrep', '-f', '-a', text).catch(() => '');
}

describe('a master of occ', () => {
  test('is logged in, owner-only, and used without a further login', async () => {
    const before = await server.logins();
    const path = await masters.start(server.address);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await masters.greet(path)).toBe('hello');
    expect(await masters.greet(path)).toBe('hello');
    expect(await server.logins()).toBe(before + 1);
  });

  test('is tried again at a server that drops connections before it says a word', async () => {
    let count = 0;
    const busy = createServer((socket) => {
      count += 1;
      if (count <= 3) socket.end();
      else socket.pipe(connect(server.port, '127.0.0.1')).pipe(socket);
    });
    busy.listen(0, '127.0.0.1');
    await once(busy, 'listening');
    onTestFinished(() => void busy.close());
    const { port } = busy.address() as AddressInfo;
    await client.know(`[127.0.0.1]:${port} ${await server.hostKey()}`);
    const path = await masters.start(`127.0.0.1:${port}`);
    expect(await masters.greet(path)).toBe('hello');
    expect(count).toBe(4);
  });

  test('is started once, also when two start it at the same time', async () => {
    const path = await masters.path();
    const before = await server.logins();
    const start = (): Promise<void> => masters.startAt(path, server.address);
    await Promise.all([start(), start()]);
    await start();
    expect(await masters.greet(path)).toBe('hello');
    expect(await server.logins()).toBeLessThanOrEqual(before + 2);
    await expect.poll(() => running(`-S ${path}`)).toBe('');
  });

  test('takes the place of one that was killed', async () => {
    const path = await masters.start(server.address);
    const pid = /\d+/.exec(await running(path))?.[0];
    process.kill(Number(pid), 'SIGKILL');
    await expect.poll(() => askMaster(path, 'check')).toBe('absent');
    expect(existsSync(path)).toBe(true);
    await masters.startAt(path, server.address);
    expect(await masters.greet(path)).toBe('hello');
  });

  test('ends by itself when it is for one run only', async () => {
    const path = await masters.start(server.address, { persistSeconds: 1 });
    expect(await masters.greet(path)).toBe('hello');
    await expect.poll(() => existsSync(path), { timeout: 10_000, interval: 200 }).toBe(false);
  });

  test('does nothing of what the configuration does for a session', async () => {
    const port = await freePort();
    const mark = join(client.path, 'mark');
    await client.configure(
      [
        `IdentityFile ${key}\nIdentitiesOnly yes`,
        `LocalForward ${port} ${server.address}`,
        'RemoteCommand touch /tmp/never\nRequestTTY force\nForwardAgent yes\nForwardX11 yes',
        `PermitLocalCommand yes\nLocalCommand touch ${mark}`,
        'ControlMaster auto\nControlPath none\nControlPersist no\nUpdateHostKeys ask\nLogLevel QUIET',
      ].join('\n'),
    );
    const path = await masters.start(server.address);
    expect(await masters.greet(path)).toBe('hello');
    expect(existsSync(mark)).toBe(false);
    await expect(tool('sh', '-c', `exec 3<>/dev/tcp/127.0.0.1/${port}`)).rejects.toThrow();
  });

  test('goes through the master of a jump host', async () => {
    const hop = await scene.sshd({ authorizedKeys: [await publicKey(key)] });
    await client.know(await server.knownHostsLine(), await hop.knownHostsLine());
    const via = { controlPath: await masters.start(hop.address), jump: 'hop' };
    const before = await hop.logins();
    const path = await masters.start(server.address, { via });
    expect(await masters.greet(path)).toBe('hello');
    expect(await hop.logins()).toBe(before);
    const closed = masters.start(`127.0.0.1:${await freePort()}`, { via });
    await expect(closed).rejects.toMatchObject({
      reason: 'unreachable',
      message: expect.stringContaining('jump host of web-1 does not connect') as string,
    });
    await askMaster(via.controlPath, 'exit');
    await expect(masters.start(server.address, { via })).rejects.toMatchObject({
      reason: 'lost',
    });
  });

  test('runs in a directory that is closed to others, with a short path, or not at all', async () => {
    const open = join(client.path, 'open');
    await mkdir(open);
    await chmod(open, 0o755);
    const attempt = masters.startAt(join(open, 'm'), server.address);
    await expect(attempt).rejects.toMatchObject({ reason: 'config' });
    const long = join(await masters.path(), '..', 'x'.repeat(longestMasterPath));
    await expect(masters.startAt(long, server.address)).rejects.toMatchObject({
      reason: 'config',
    });
  });

  test('has a path of the greatest length that is allowed', async () => {
    const base = join(await masters.path(), '..');
    const path = join(base, 'x'.repeat(longestMasterPath - base.length - 1));
    await masters.startAt(path, server.address);
    expect(await masters.greet(path)).toBe('hello');
    await askMaster(path, 'exit');
  });
});

describe('what only OpenSSH does', () => {
  test('post-quantum key exchange alone; curve25519 first where both are allowed', async () => {
    const algorithm = 'sntrup761x25519-sha512@openssh.com';
    const quantum = await scene.sshd({
      authorizedKeys: [await publicKey(key)],
      config: [`KexAlgorithms ${algorithm}`, 'LogLevel DEBUG1'],
    });
    await client.know(await quantum.knownHostsLine());
    expect(await masters.greet(await masters.start(quantum.address))).toBe('hello');
    expect(await quantum.log()).toContain(`kex: algorithm: ${algorithm}`);
  });

  test.each([
    [true, /curve25519-sha256/],
    [false, /sntrup761/],
  ])('fastKex %s', async (fastKex, kex) => {
    const both = await scene.sshd({
      authorizedKeys: [await publicKey(key)],
      config: ['LogLevel DEBUG1'],
    });
    await client.know(await both.knownHostsLine());
    const path = await masters.start(both.address, { fastKex });
    expect(await masters.greet(path)).toBe('hello');
    expect(/kex: algorithm: (\S+)/.exec(await both.log())?.[1]).toMatch(kex);
  });

  test('a host certificate, by its authority alone', async () => {
    const authority = await makeKey(join(client.path, 'ca'));
    const host = await makeKey(join(client.path, 'host'));
    const sign = (principal: string): Promise<string> =>
      tool('ssh-keygen', '-q', '-s', authority, '-I', 'host', '-h', '-n', principal, `${host}.pub`);
    await sign('127.0.0.1');
    const certified = await scene.sshd({
      authorizedKeys: [await publicKey(key)],
      config: [`HostKey ${host}`, `HostCertificate ${host}-cert.pub`],
    });
    const trusted = `@cert-authority ${certified.knownAs} ${await publicKey(authority)}`;
    await client.know(trusted);
    expect(await masters.greet(await masters.start(certified.address))).toBe('hello');

    await sign('somewhere.else');
    const other = await scene.sshd({
      authorizedKeys: [await publicKey(key)],
      config: [`HostKey ${host}`, `HostCertificate ${host}-cert.pub`],
    });
    await client.know(`@cert-authority ${other.knownAs} ${await publicKey(authority)}`);
    await expect(masters.start(other.address, { prompter: undefined })).rejects.toMatchObject({
      reason: 'host-key-unknown',
      message: expect.stringContaining('not a listed principal') as string,
    });
  });

  test('a security key', async () => {
    const sk = join(client.path, 'sk');
    await tool('ssh-keygen', '-q', '-t', 'ed25519-sk', '-w', token, '-N', '', '-f', sk);
    const wants = await scene.sshd({ authorizedKeys: [await publicKey(sk)] });
    await client.know(await wants.knownHostsLine());
    await client.configure(`IdentityFile ${sk}\nIdentitiesOnly yes\nSecurityKeyProvider ${token}`);
    expect(await masters.greet(await masters.start(wants.address))).toBe('hello');
  });
});

describe('questions of ssh', () => {
  test('a passphrase: a wrong one is asked for again, a right one is kept for the run', async () => {
    await client.configure(`IdentityFile ${locked}\nIdentitiesOnly yes`);
    const person = new Person('wrong', passphrase);
    await masters.start(server.address, { prompter: person });
    expect(person.questions).toEqual([
      `Passphrase of the key ${locked}: `,
      `Wrong passphrase. Passphrase of the key ${locked}: `,
    ]);
    await masters.start(server.address, { prompter: person });
    expect(person.questions).toHaveLength(2);
  });

  test('a passphrase that nobody can give: the error says how to unlock the key', async () => {
    await client.configure(`IdentityFile ${locked}\nIdentitiesOnly yes`);
    await expect(masters.start(server.address)).rejects.toMatchObject({
      reason: 'auth',
      message: expect.stringContaining('nobody to ask for its passphrase') as string,
      hint: `Unlock the key: ssh-add ${locked}`,
    });
  });

  test('an unknown host key: asked with its fingerprint, then kept in the known_hosts of occ', async () => {
    await client.know();
    const person = new Person(true);
    await masters.start(server.address, { prompter: person });
    expect(person.questions).toHaveLength(1);
    expect(person.questions[0]).toContain(await server.fingerprint());
    expect(person.questions[0]).toContain('web-1');
    const stored = join(client.stateDir, 'known_hosts');
    expect(await readFile(stored, 'utf8')).toBe(`${await server.knownHostsLine()}\n`);
    expect((await stat(stored)).mode & 0o777).toBe(0o600);
    await masters.start(server.address, { prompter: undefined });
  });

  test('an unknown host key: refused, or nobody there', async () => {
    await client.know();
    for (const prompter of [new Person(false), nobody]) {
      await expect(masters.start(server.address, { prompter })).rejects.toMatchObject({
        reason: 'host-key-unknown',
        message: expect.stringContaining(await server.fingerprint()) as string,
      });
    }
    await expect(masters.start(server.address, { prompter: undefined })).rejects.toMatchObject({
      reason: 'host-key-unknown',
    });
    expect(existsSync(join(client.stateDir, 'known_hosts'))).toBe(false);
  });

  test('are ended by a cancellation, and nothing is left of ssh', async () => {
    await client.configure(`IdentityFile ${locked}\nIdentitiesOnly yes`);
    const cancel = new AbortController();
    const asked: string[] = [];
    const prompter = {
      ...nobody,
      secret: (question: string): Promise<Secret | undefined> => {
        asked.push(question);
        cancel.abort();
        return new Promise(() => undefined);
      },
    };
    const path = await masters.path();
    const attempt = masters.startAt(path, server.address, { prompter, signal: cancel.signal });
    await expect(attempt).rejects.toBeInstanceOf(CancelledError);
    expect(asked).toHaveLength(1);
    await expect.poll(() => running(path)).toBe('');
  });

  test('do not count for the deadline', async () => {
    await client.configure(`IdentityFile ${locked}\nIdentitiesOnly yes`);
    const prompter = {
      ...nobody,
      secret: async (): Promise<Secret> => {
        await delay(4500);
        return new Secret(passphrase);
      },
    };
    await masters.start(server.address, { prompter, target: { connectTimeoutSeconds: 4 } });
  });
});

describe('a start that fails', () => {
  const attempt = (address: string, more: object = {}): Promise<string> =>
    masters.start(address, { prompter: undefined, ...more });

  test('with a key that is not accepted', async () => {
    const stranger = await makeKey(join(client.path, 'stranger'));
    await client.configure(`IdentityFile ${stranger}\nIdentitiesOnly yes`);
    await expect(attempt(server.address)).rejects.toMatchObject({
      reason: 'auth',
      host: 'web-1',
      message: expect.stringMatching(/refused the login as .*accepts: publickey/) as string,
    });
  });

  test('with a changed host key: both fingerprints, file and line', async () => {
    const other = await makeKey(join(client.path, 'other'));
    const [type, blob] = (await publicKey(other)).split(' ');
    await client.know('# changed', `${server.knownAs} ${type} ${blob}`);
    const error: unknown = await attempt(server.address).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ reason: 'host-key-changed', host: 'web-1' });
    const { message } = error as Error;
    expect(message).toContain(await server.fingerprint());
    expect(message).toContain((await tool('ssh-keygen', '-l', '-f', other)).split(' ')[1]);
    expect(message).toContain(`${client.knownHostsFile}:2`);
  });

  test('with a changed host key, although the configuration would go on', async () => {
    const other = await makeKey(join(client.path, 'other'));
    const [type, blob] = (await publicKey(other)).split(' ');
    await client.know(`${server.knownAs} ${type} ${blob}`);
    await client.configure(`IdentityFile ${key}\nStrictHostKeyChecking no`);
    await expect(attempt(server.address)).rejects.toMatchObject({ reason: 'host-key-changed' });
  });

  test('with a revoked host key', async () => {
    await client.know(await server.knownHostsLine(), `@revoked * ${await server.hostKey()}`);
    await expect(attempt(server.address)).rejects.toMatchObject({ reason: 'host-key-revoked' });
  });

  test('with another host key than the inventory pins; the pinned one is enough', async () => {
    await client.know();
    const pinned = { pinnedHostKeys: [await server.hostKey('ecdsa')] };
    expect(await masters.greet(await attempt(server.address, { target: pinned }))).toBe('hello');
    const other = (await publicKey(await makeKey(join(client.path, 'other')))).split(' ');
    const wrong = { pinnedHostKeys: [other.slice(0, 2).join(' ')] };
    await client.know(await server.knownHostsLine());
    await expect(attempt(server.address, { target: wrong })).rejects.toMatchObject({
      reason: 'host-key-changed',
      message: expect.stringContaining('host_keys') as string,
    });
  });

  test('with a pinned host key that is revoked', async () => {
    await client.know(`@revoked * ${await server.hostKey()}`);
    const pinned = { pinnedHostKeys: [await server.hostKey()] };
    await expect(attempt(server.address, { target: pinned })).rejects.toMatchObject({
      reason: 'host-key-revoked',
    });
  });

  test('where nobody listens, and where the name does not resolve', async () => {
    await expect(attempt(`127.0.0.1:${await freePort()}`)).rejects.toMatchObject({
      reason: 'refused',
    });
    await expect(attempt('nowhere.invalid')).rejects.toMatchObject({ reason: 'dns' });
  });

  test('where a server says nothing: within the deadline, and nothing is left of ssh', async () => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const path = await masters.path();
    const target = { connectTimeoutSeconds: 1 };
    const silence = masters.startAt(path, `127.0.0.1:${port}`, { target });
    await expect(silence).rejects.toMatchObject({ reason: 'timeout' });
    expect(await running(path)).toBe('');
    silent.close();
  });

  test('where something else answers, or hangs up', async () => {
    const web = createServer((socket) => socket.end('HTTP/1.0 400 Bad Request\r\n\r\n'));
    web.listen(0, '127.0.0.1');
    await once(web, 'listening');
    const { port } = web.address() as AddressInfo;
    await expect(attempt(`127.0.0.1:${port}`)).rejects.toMatchObject({ reason: 'handshake' });
    web.close();
  });

  test('with a ProxyCommand, whose processes are ended too', async () => {
    const mark = `sleep 61${process.pid}`;
    await client.configure(`ProxyCommand sh -c '${mark} & ${mark}'`);
    const target = { connectTimeoutSeconds: 1 };
    await expect(attempt('behind', { target })).rejects.toMatchObject({ reason: 'timeout' });
    expect(await running(`^${mark}`)).toBe('');
    await client.configure('ProxyCommand false');
    await expect(attempt('behind')).rejects.toMatchObject({
      reason: 'handshake',
      hint: expect.stringContaining('ProxyCommand') as string,
    });
  });

  test('without an algorithm in common', async () => {
    const narrow = await scene.sshd({
      authorizedKeys: [await publicKey(key)],
      config: ['Ciphers aes256-ctr'],
    });
    await client.know(await narrow.knownHostsLine());
    const extraOptions = ['Ciphers=aes128-ctr'];
    await expect(attempt(narrow.address, { extraOptions })).rejects.toMatchObject({
      reason: 'handshake',
      message: expect.stringContaining('no matching cipher') as string,
    });
  });

  test('with an option that ssh does not know', async () => {
    await expect(
      attempt(server.address, { extraOptions: ['NoSuchThing=yes'] }),
    ).rejects.toMatchObject({ reason: 'config' });
  });

  test('without an ssh client', async () => {
    expect(await opensshVersion({ PATH: '/nowhere' })).toBeUndefined();
    expect(await opensshVersion({ PATH: process.env['PATH'] })).toMatchObject({
      major: expect.any(Number) as number,
    });
  });
});

test('a password is asked for only where that is wanted', async () => {
  // Without an account's password this shows the question alone.
  const asking = await scene.sshd({
    authorizedKeys: [],
    config: ['PasswordAuthentication yes', 'PubkeyAuthentication no'],
  });
  await client.know(await asking.knownHostsLine());
  await expect(masters.start(asking.address)).rejects.toMatchObject({ reason: 'auth' });
  const person = new Person('guess', 'guess', 'guess');
  const target = { passwordLogin: true };
  await expect(masters.start(asking.address, { prompter: person, target })).rejects.toMatchObject({
    reason: 'auth',
  });
  expect(person.questions).toHaveLength(3);
  expect(person.questions[0]).toBe(`Password of ${asking.user} on web-1 (${asking.address}):`);
});
