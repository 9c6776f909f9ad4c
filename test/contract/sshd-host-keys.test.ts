// Host keys of real servers: looking at all of them, pins of the inventory at every hop, rekeys, and what ssh itself says.
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  hostKeyName,
  judgeHostKey,
  parseKnownHosts,
  type HostKeyVerdict,
} from '../../src/transport/host-keys/known-hosts.ts';
import { connectTarget } from '../../src/transport/ssh/ssh-connect.ts';
import type { HandshakeContext, KeyVerifier } from '../../src/transport/ssh/ssh-handshake.ts';
import { HostKeyCheck } from '../../src/transport/host-keys/ssh-host-key.ts';
import { connectSsh } from '../../src/transport/ssh/ssh-transport.ts';
import { scanHostKeys } from '../../src/transport/host-keys/ssh-trust.ts';
import { greet } from './ssh-login.ts';
import { onlyKey, sshScene } from './ssh-scene.ts';
import { nobody, Person, type ClientDirectory } from './sshd-client.ts';
import { publicKey, type HostKeyType, type Sshd } from './sshd-server.ts';

const execute = promisify(execFile);
const types: readonly HostKeyType[] = ['ed25519', 'ecdsa', 'rsa'];

const scene = sshScene();
let key: string;
let stranger: string;
let server: Sshd;
let hop: Sshd;
let client: ClientDirectory;

beforeAll(async () => {
  key = await scene.key('id');
  stranger = (await publicKey(await scene.key('stranger'))).split(' ', 2).join(' ');
  const authorizedKeys = [await publicKey(key)];
  server = await scene.sshd({
    authorizedKeys,
    hostKeys: types,
    // The key is shown anew about every megabyte.
    config: ['RekeyLimit 1M'],
  });
  hop = await scene.sshd({ authorizedKeys });
});
beforeEach(async () => {
  client = await scene.client({ config: onlyKey(key) });
});

const stored = (): Promise<string> =>
  readFile(join(client.stateDir, 'known_hosts'), 'utf8').catch(() => '');

describe('a look at the keys', () => {
  test('finds one of each kind, first the one that a connection sees, and does not log in', async () => {
    const before = await server.logins();
    const scan = await scanHostKeys(client.target(server.address), client.options(nobody));
    expect(scan.keyName.name).toBe(server.knownAs);
    expect(scan.keys.map(({ fingerprint }) => fingerprint)).toEqual(
      await Promise.all(types.map((type) => server.fingerprint(type))),
    );
    expect(scan.keys.map(({ verdict }) => verdict.kind)).toEqual(['new', 'new', 'new']);
    expect(await server.logins()).toBe(before);
    expect(await stored()).toBe('');
  });

  test('tells what known_hosts says of each', async () => {
    await client.know(
      await server.knownHostsLine('rsa'),
      `@revoked * ${await server.hostKey('ecdsa')}`,
    );
    const { keys } = await scanHostKeys(client.target(server.address), client.options(nobody));
    expect(keys.map(({ keyType, verdict }) => [keyType, verdict.kind])).toEqual([
      ['ssh-rsa', 'ok'],
      ['ssh-ed25519', 'changed'],
      ['ecdsa-sha2-nistp256', 'revoked'],
    ]);
  });

  test('goes through a jump host, whose own key is asked for once', async () => {
    const target = client.target(server.address, { proxyJump: hop.address });
    const person = new Person(true);
    const { keys } = await scanHostKeys(target, client.options(person));
    expect(keys).toHaveLength(3);
    expect(person.questions).toHaveLength(1);
    expect(person.questions[0]).toContain(await hop.fingerprint());
    expect(await stored()).toContain(hop.knownAs);
  });

  test('stops at a jump host that nobody knows, and names it', async () => {
    const target = client.target(server.address, { proxyJump: hop.address });
    await expect(scanHostKeys(target, client.options(nobody))).rejects.toMatchObject({
      reason: 'host-key-unknown',
      message: expect.stringContaining(`jump host ${hop.knownAs}`) as string,
    });
  });
});

test('HashKnownHosts holds for what occ stores, which ssh then accepts', async () => {
  await client.configure(`IdentityFile ${key}\nHashKnownHosts yes`);
  const target = client.target(hop.address);
  expect(await greet(target, client.options(new Person(true)))).toBe('hello');
  expect(await stored()).toMatch(/^\|1\|/);
  expect(await greet(target, client.options(nobody))).toBe('hello');
  const known = `UserKnownHostsFile=${join(client.stateDir, 'known_hosts')}`;
  const options = ['-F', client.configFile, '-o', known, '-o', 'BatchMode=yes'];
  const said = await execute('ssh', [...options, '-p', String(hop.port), '127.0.0.1', 'echo hi']);
  expect(said.stdout).toBe('hi\n');
});

describe('pins', () => {
  test.each(types)('of type %s are enough, ask nothing and store nothing', async (type) => {
    const pinnedHostKeys = [await server.hostKey(type)];
    const target = client.target(server.address, { pinnedHostKeys });
    expect(await greet(target, client.options(nobody))).toBe('hello');
    expect(await stored()).toBe('');
  });

  test('win over another key in known_hosts', async () => {
    await client.know(`${server.knownAs} ${stranger}`);
    const target = client.target(server.address, { pinnedHostKeys: [await server.hostKey()] });
    expect(await greet(target, client.options(nobody))).toBe('hello');
  });

  test('refuse every other key, known or not, whatever the configuration says', async () => {
    await client.configure(`IdentityFile ${key}\nStrictHostKeyChecking no`);
    await client.know(await server.knownHostsLine());
    const target = client.target(server.address, { pinnedHostKeys: [stranger] });
    const options = client.options(new Person(), { inventoryFile: '/etc/fleet.yaml' });
    const before = await server.logins();
    await expect(connectSsh(target, options)).rejects.toMatchObject({
      reason: 'host-key-changed',
      host: 'web-1',
      message: expect.stringMatching(
        new RegExp(
          `/etc/fleet.yaml pins \\(host_keys\\).*shows ssh-ed25519 ${escaped(await server.fingerprint())}.*pinned is ssh-ed25519 SHA256:`,
        ),
      ) as string,
      hint: expect.stringContaining(
        `occ host trust web-1 --replace --fingerprint ${await server.fingerprint()}`,
      ) as string,
    });
    expect(await server.logins()).toBe(before);
    expect(await stored()).toBe('');
  });

  test('do not bring back a revoked key', async () => {
    await client.know(`@revoked * ${await server.hostKey()}`);
    const target = client.target(server.address, { pinnedHostKeys: [await server.hostKey()] });
    await expect(connectSsh(target, client.options())).rejects.toMatchObject({
      reason: 'host-key-revoked',
    });
  });

  test('of a type that the server has not: refused as a changed key or a failed handshake, never accepted', async () => {
    const pinnedHostKeys = [await server.hostKey('rsa')];
    const target = client.target(hop.address, { pinnedHostKeys });
    await expect(connectSsh(target, client.options(new Person()))).rejects.toMatchObject({
      code: expect.stringMatching(/^connect\.(handshake|host-key-changed)/) as string,
    });
  });

  test('hold at a jump host as well, which is asked for by its name', async () => {
    const asked: string[] = [];
    const target = client.target(server.address, {
      proxyJump: `${hop.user}@${hop.address}`,
      pinnedHostKeys: [await server.hostKey()],
    });
    const connect = async (pin: string): Promise<string> => {
      const pinsOfJump = (jump: string): readonly string[] => {
        asked.push(jump);
        return [pin];
      };
      return greet(target, client.options(nobody, { pinsOfJump }));
    };
    expect(await connect(await hop.hostKey())).toBe('hello');
    expect(asked).toContain(`${hop.user}@${hop.knownAs}`);
    await expect(connect(stranger)).rejects.toMatchObject({
      reason: 'host-key-changed',
      message: expect.stringContaining(`jump host ${hop.user}@${hop.knownAs}`) as string,
    });
    expect(await stored()).toBe('');
  });
});

describe('a rekey', () => {
  const megabytes = 16;

  /** Connects with the real verifier, behind something that sees each key, and may change it, before it does. */
  async function transfer(person: Person, tamper: (key: Buffer, times: number) => Buffer) {
    const keys: Buffer[] = [];
    let check: HostKeyCheck | undefined;
    const makeVerifier = (context: HandshakeContext): KeyVerifier => {
      const real = new HostKeyCheck(context);
      check = real;
      return {
        verify: (shown, answer) => {
          const given = tamper(shown, keys.length);
          keys.push(given);
          real.verify(given, answer);
        },
        algorithms: (configured) => real.algorithms(configured),
        store: () => real.store(),
        get failure() {
          return real.failure;
        },
      };
    };
    const target = client.target(server.address);
    const connection = await connectTarget(target, client.options(person), makeVerifier);
    const channel = await connection.exec(`head -c ${megabytes}M /dev/zero`);
    let bytes = 0;
    let code: unknown = 'no exit';
    channel.on('exit', (...args: unknown[]) => ([code] = args));
    channel.on('data', (chunk: Buffer) => (bytes += chunk.length));
    channel.stderr.resume();
    await once(channel, 'close');
    await connection.close();
    return { keys, bytes, code, ended: connection.ended, failure: check?.failure };
  }

  test('during a transfer shows the same key again, and nobody is asked twice', async () => {
    const person = new Person(true);
    const { keys, bytes, code } = await transfer(person, (key) => key);
    expect({ bytes, code }).toEqual({ bytes: megabytes * 1024 * 1024, code: 0 });
    expect(keys.length).toBeGreaterThan(4);
    expect(new Set(keys.map((key) => key.toString('base64'))).size).toBe(1);
    expect(person.questions).toHaveLength(1);
  });

  // No sshd shows another key in the middle, so the one that it shows is changed on the way to the verifier.
  test('with another key ends the connection, which is then lost', async () => {
    const other = Buffer.from(stranger.split(' ')[1] ?? '', 'base64');
    const person = new Person(true);
    const swapped = await transfer(person, (key, times) => (times < 2 ? key : other));
    expect(swapped.keys).toHaveLength(3);
    expect(swapped.failure).toMatchObject({ reason: 'host-key-changed' });
    expect(swapped.bytes).toBeLessThan(megabytes * 1024 * 1024);
    expect(swapped.code).not.toBe(0);
    expect(swapped.ended.reason).toMatchObject({ reason: 'lost' });
    expect(person.questions).toHaveLength(1);
  });
});

describe('ssh itself', () => {
  const hashed = async (line: string): Promise<string> => {
    const file = join(client.path, 'to-hash');
    await writeFile(file, `${line}\n`);
    await execute('ssh-keygen', ['-H', '-f', file]);
    return (await readFile(file, 'utf8')).trim();
  };

  /** A sample of the vectors, on the address of a real server. */
  const cases: readonly [
    what: string,
    verdict: HostKeyVerdict['kind'],
    lines: (name: string, right: string) => Promise<string[]> | string[],
  ][] = [
    ['nothing', 'new', () => []],
    ['the name with the port', 'ok', (name, right) => [`${name} ${right}`]],
    ['the bare name', 'ok', (_name, right) => [`127.0.0.1 ${right}`]],
    ['a pattern', 'ok', (_name, right) => [`[127.*]:* ${right}`]],
    ['hashed', 'ok', async (name, right) => [await hashed(`${name} ${right}`)]],
    ['wrong, then right', 'ok', (name, right) => [`${name} ${stranger}`, `${name} ${right}`]],
    ['wrong', 'changed', (name) => [`${name} ${stranger}`]],
    [
      'wrong with the port, right without',
      'changed',
      (name, right) => [`${name} ${stranger}`, `127.0.0.1 ${right}`],
    ],
    ['wrong without the port', 'new', () => [`127.0.0.1 ${stranger}`]],
    ['negated', 'new', (name, right) => [`*,!${name},!127.0.0.1 ${right}`]],
    ['revoked', 'revoked', (name, right) => [`${name} ${right}`, `@revoked * ${right}`]],
    [
      'revoked without the port',
      'new',
      (_name, right) => [`127.0.0.1 ${right}`, `@revoked 127.0.0.1 ${right}`],
    ],
    ['an authority, for a plain server', 'new', (name) => [`@cert-authority ${name} ${stranger}`]],
    ['an unknown marker', 'new', (name, right) => [`@other ${name} ${right}`]],
    [
      'a marker that ends at a tab',
      'ok',
      (name, right) => [`@revoked\t* ${right}`, `${name} ${right}`],
    ],
    [
      'tabs and a Windows line end',
      'ok',
      (name, right) => [`\t${name}\t${right.replace(' ', '\t')}\r`],
    ],
  ];

  test.each(cases)('says of %s: %s, as occ does', async (_what, verdict, linesFor) => {
    const lines = await linesFor(hop.knownAs, await hop.hostKey());
    await client.know(...lines);
    expect(await verdictOfSsh()).toBe(verdict);
    const known = parseKnownHosts(await readFile(client.knownHostsFile, 'utf8'), 'k');
    const presented = Buffer.from((await hop.hostKey()).split(' ')[1] ?? '', 'base64');
    const name = hostKeyName('127.0.0.1', hop.port);
    expect(judgeHostKey(known, name, { key: presented }).kind).toBe(verdict);
  });

  async function verdictOfSsh(): Promise<string> {
    const options = ['BatchMode=yes', 'StrictHostKeyChecking=yes', 'UpdateHostKeys=no'];
    const argv = ['-F', client.configFile, ...options.flatMap((option) => ['-o', option])];
    try {
      await execute('ssh', [...argv, '-p', String(hop.port), '127.0.0.1', 'true']);
      return 'ok';
    } catch (error) {
      const { stderr } = error as { stderr: string };
      if (stderr.includes('REVOKED HOST KEY DETECTED') && !stderr.includes('key is known for'))
        return 'revoked';
      if (stderr.includes('HOST IDENTIFICATION HAS CHANGED')) return 'changed';
      return stderr.includes('host key is known for') ? 'new' : stderr;
    }
  }
});

function escaped(text: string): string {
  return text.replaceAll(/[+/.]/g, '\\$&');
}
