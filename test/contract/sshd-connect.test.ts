// Reaching a server: addresses, host keys, jump hosts, deadlines. Real sshd processes, real ssh configuration.
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { connectSsh } from '../../src/transport/ssh/ssh-transport.ts';
import { greet } from './ssh-login.ts';
import { onlyKey, sshScene } from './ssh-scene.ts';
import { nobody, Person, type ClientDirectory } from './sshd-client.ts';
import { freePort, publicKey, tool, type Sshd } from './sshd-server.ts';

const scene = sshScene();
let key: string;
let server: Sshd;
let firstHop: Sshd;
let secondHop: Sshd;
let client: ClientDirectory;

beforeAll(async () => {
  key = await scene.key('id');
  const authorizedKeys = [await publicKey(key)];
  server = await scene.sshd({ authorizedKeys, hostKeys: ['ed25519', 'ecdsa', 'rsa'] });
  firstHop = await scene.sshd({ authorizedKeys });
  secondHop = await scene.sshd({ authorizedKeys, config: ['ForceCommand /bin/false'] });
});
beforeEach(async () => {
  client = await scene.client({ config: onlyKey(key) });
});

describe('host keys', () => {
  test('an unknown key without a terminal is refused, with its fingerprint and the command', async () => {
    const attempt = connectSsh(client.target(server.address), client.options(nobody));
    await expect(attempt).rejects.toMatchObject({
      reason: 'host-key-unknown',
      host: 'web-1',
      message: expect.stringContaining(await server.fingerprint()) as string,
      hint: expect.stringContaining('occ host trust web-1') as string,
    });
  });

  test('an accepted key is stored, so that the question comes once', async () => {
    const person = new Person(true);
    const target = client.target(server.address);
    expect(await greet(target, client.options(person))).toBe('hello');
    expect(person.questions).toHaveLength(1);
    expect(person.questions[0]).toContain(await server.fingerprint());
    const stored = await readFile(join(client.stateDir, 'known_hosts'), 'utf8');
    expect(stored).toBe(`${await server.knownHostsLine()}\n`);
    expect(await greet(target, client.options(nobody))).toBe('hello');
  });

  test('a refused question stores nothing', async () => {
    const attempt = connectSsh(client.target(server.address), client.options(new Person(false)));
    await expect(attempt).rejects.toMatchObject({ reason: 'host-key-unknown' });
    await expect(readFile(join(client.stateDir, 'known_hosts'))).rejects.toThrow('ENOENT');
  });

  test('a key that was accepted is not stored when the login fails', async () => {
    await client.configure('IdentityFile none\nIdentitiesOnly yes');
    const attempt = connectSsh(client.target(server.address), client.options(new Person(true)));
    await expect(attempt).rejects.toMatchObject({ reason: 'auth' });
    await expect(readFile(join(client.stateDir, 'known_hosts'))).rejects.toThrow('ENOENT');
  });

  test('a changed key is refused whatever the configuration says, with both fingerprints and the place', async () => {
    await client.know('# another key', `${server.knownAs} ${await firstHop.hostKey()}`);
    for (const strict of ['ask', 'accept-new', 'no']) {
      await client.configure(`IdentityFile ${key}\nStrictHostKeyChecking ${strict}`);
      const attempt = connectSsh(client.target(server.address), client.options(new Person()));
      const error: unknown = await attempt.catch((caught: unknown) => caught);
      expect(error).toMatchObject({ reason: 'host-key-changed' });
      const { message } = error as Error;
      expect(message).toContain(await server.fingerprint());
      expect(message).toContain(await firstHop.fingerprint());
      expect(message).toContain(`${client.knownHostsFile}:2`);
    }
  });

  test('a revoked key is refused although it is known', async () => {
    await client.know(await server.knownHostsLine(), `@revoked * ${await server.hostKey()}`);
    const attempt = connectSsh(client.target(server.address), client.options(new Person()));
    await expect(attempt).rejects.toMatchObject({ reason: 'host-key-revoked' });
  });

  test('a hashed entry is found', async () => {
    await client.know(await server.knownHostsLine());
    await tool('ssh-keygen', '-q', '-H', '-f', client.knownHostsFile);
    expect(await readFile(client.knownHostsFile, 'utf8')).toMatch(/^\|1\|/);
    expect(await greet(client.target(server.address), client.options(nobody))).toBe('hello');
  });

  test.each(['ecdsa', 'rsa'] as const)(
    'where only the %s key is known, that one is asked for',
    async (type) => {
      await client.know(await server.knownHostsLine(type));
      expect(await greet(client.target(server.address), client.options(nobody))).toBe('hello');
    },
  );

  test('accept-new stores without a question', async () => {
    await client.configure(`IdentityFile ${key}\nStrictHostKeyChecking accept-new`);
    expect(await greet(client.target(server.address), client.options(nobody))).toBe('hello');
    expect(await readFile(join(client.stateDir, 'known_hosts'), 'utf8')).toContain(server.knownAs);
  });

  test('ssh itself accepts what occ stored, under an alias too', async () => {
    await client.configure(`IdentityFile ${key}\nHostKeyAlias Web.Alias`);
    await greet(client.target(server.address), client.options(new Person(true)));
    const options = ['-F', client.configFile, '-p', String(server.port), '-o', 'BatchMode=yes'];
    const known = `UserKnownHostsFile=${join(client.stateDir, 'known_hosts')}`;
    expect(await tool('ssh', ...options, '-o', known, '127.0.0.1', 'echo', 'hi')).toBe('hi\n');
  });
});

describe('jump hosts', () => {
  const hop = (sshd: Sshd): string => sshd.address;

  test('one, from the settings', async () => {
    await client.know(await server.knownHostsLine(), await firstHop.knownHostsLine());
    const target = client.target(server.address, { proxyJump: hop(firstHop) });
    const before = await firstHop.logins();
    expect(await greet(target, client.options(nobody))).toBe('hello');
    expect(await firstHop.logins()).toBe(before + 1);
  });

  test('two, by names of the configuration; one of them runs no commands', async () => {
    await client.know(
      await server.knownHostsLine(),
      await firstHop.knownHostsLine(),
      await secondHop.knownHostsLine(),
    );
    await client.configure(
      [
        `Host target\n  HostName 127.0.0.1\n  Port ${server.port}\n  ProxyJump first,second`,
        `Host first\n  HostName 127.0.0.1\n  Port ${firstHop.port}`,
        `Host second\n  HostName 127.0.0.1\n  Port ${secondHop.port}`,
        `Host *\n  IdentityFile ${key}`,
      ].join('\n'),
    );
    const before = [await firstHop.logins(), await secondHop.logins()];
    expect(await greet(client.target('target'), client.options(nobody))).toBe('hello');
    expect([await firstHop.logins(), await secondHop.logins()]).toEqual(before.map((n) => n + 1));
  });

  test('an unknown key of a jump host is refused, and the error says which', async () => {
    await client.know(await server.knownHostsLine(), await firstHop.knownHostsLine());
    const proxyJump = `${hop(firstHop)},${hop(secondHop)}`;
    const attempt = connectSsh(client.target(server.address, { proxyJump }), client.options());
    await expect(attempt).rejects.toMatchObject({
      reason: 'host-key-unknown',
      host: 'web-1',
      message: expect.stringMatching(`jump host .*:${secondHop.port} `) as string,
    });
  });

  test('a port that refuses behind a jump host is told as such', async () => {
    await client.know(await firstHop.knownHostsLine());
    const target = client.target(`127.0.0.1:${await freePort()}`, { proxyJump: hop(firstHop) });
    await expect(connectSsh(target, client.options())).rejects.toMatchObject({ reason: 'refused' });
  });

  test('that lead back to themselves are an error', async () => {
    await client.know(await firstHop.knownHostsLine());
    await client.configure(`Host loop\n  HostName 127.0.0.1\n  ProxyJump loop`);
    await expect(connectSsh(client.target('loop'), client.options())).rejects.toMatchObject({
      reason: 'config',
      hint: expect.stringContaining('ProxyJump none') as string,
    });
  });

  test('closing the transport closes the connections under it', async () => {
    await client.know(await server.knownHostsLine(), await firstHop.knownHostsLine());
    const target = client.target(server.address, { proxyJump: hop(firstHop) });
    const transport = await connectSsh(target, client.options());
    await transport.close();
    await expect
      .poll(() => firstHop.log())
      .toMatch(/Disconnected from user [^\n]*\n(?![^]*Accepted)/);
  });
});

test('a ProxyCommand carries the connection', async () => {
  await client.know(`relayed ${await server.hostKey()}`);
  await writeFile(
    join(scene.work, 'relay.mjs'),
    `import { connect } from 'node:net';
     const s = connect(Number(process.argv[3]), process.argv[2]);
     process.stdin.pipe(s); s.pipe(process.stdout); s.on('close', () => process.exit());`,
  );
  const command = `${process.execPath} ${join(scene.work, 'relay.mjs')} %h %p`;
  await client.configure(`IdentityFile ${key}\nHostKeyAlias relayed\nProxyCommand ${command}`);
  expect(await greet(client.target(server.address), client.options())).toBe('hello');
});

describe('a server that is not reached', () => {
  test('refuses', async () => {
    const port = await freePort();
    const attempt = connectSsh(client.target(`127.0.0.1:${port}`), client.options());
    await expect(attempt).rejects.toMatchObject({
      reason: 'refused',
      host: 'web-1',
      message: expect.stringContaining(`127.0.0.1:${port}`) as string,
    });
  });

  test('has a name that does not resolve', async () => {
    const attempt = connectSsh(client.target('no-such-host.invalid'), client.options());
    await expect(attempt).rejects.toMatchObject({ reason: 'dns' });
  });

  test('never answers: the deadline ends it', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const target = client.target(`127.0.0.1:${port}`, { connectTimeoutSeconds: 1 });
    await expect(connectSsh(target, client.options())).rejects.toMatchObject({
      reason: 'timeout',
      message: expect.stringContaining('within 1 s') as string,
    });
    silent.close();
  });

  test('is no SSH server', async () => {
    const rude = createServer((socket) => socket.end()).listen(0, '127.0.0.1');
    await once(rude, 'listening');
    const { port } = rude.address() as AddressInfo;
    const attempt = connectSsh(client.target(`127.0.0.1:${port}`), client.options());
    await expect(attempt).rejects.toMatchObject({ reason: 'handshake' });
    rude.close();
  });

  test('is given up when the caller aborts', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const stop = new AbortController();
    const { signal } = stop;
    silent.once('connection', () => stop.abort());
    const target = client.target(`127.0.0.1:${port}`);
    const attempt = connectSsh(target, client.options(nobody, { signal }));
    await expect(attempt).rejects.toMatchObject({ code: 'cancelled' });
    silent.close();
    const late = connectSsh(target, client.options(nobody, { signal: AbortSignal.abort() }));
    await expect(late).rejects.toMatchObject({ code: 'cancelled' });
  });

  test('time that a person takes to answer does not count', async () => {
    const slow = new Person(true);
    const confirm = async (question: string): Promise<boolean | undefined> => {
      await new Promise((resolve) => setTimeout(resolve, 1500));
      return slow.confirm(question);
    };
    const target = client.target(server.address, { connectTimeoutSeconds: 1 });
    const prompter = { ...nobody, confirm };
    expect(await greet(target, client.options(prompter))).toBe('hello');
  });
});
