// The way to Docker for every kind of login, against real machines: group, sudo, typed passwords, rootless, DOCKER_HOST.
import { createHash, randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { engineMemory } from '../../src/hosts/engine-memory.ts';
import { findEngine } from '../../src/hosts/find-engine.ts';
import type { OpenEngine } from '../../src/hosts/docker-engine.ts';
import type { SecretStore } from '../../src/hosts/secret-store.ts';
import { passwordsForSudo } from '../../src/hosts/sudo-passwords.ts';
import { Secret } from '../../src/secret.ts';
import { RootAccess } from '../../src/transport/root-access.ts';
import { run } from '../../src/transport/run.ts';
import type { Transport } from '../../src/transport/transport.ts';
import {
  environSocket,
  rootlessSocket,
  typistPassword,
  type LabHost,
  type labUsers,
} from '../lab/lab-hosts.ts';
import { textCommand } from './cases/support.ts';
import { labHost, makeLabClient, type LabClient, type Operator } from './lab-client.ts';
import { Person } from './sshd-client.ts';
import { tool } from './sshd-server.ts';

const noKeychain = () => Promise.resolve(undefined);

/** Keeps secrets as long as the test lasts. */
class Drawer implements SecretStore {
  readonly kept = new Map<string, Secret>();

  get(account: string): Promise<Secret | undefined> {
    return Promise.resolve(this.kept.get(account));
  }

  set(account: string, secret: Secret): Promise<void> {
    this.kept.set(account, secret);
    return Promise.resolve();
  }

  delete(account: string): Promise<void> {
    this.kept.delete(account);
    return Promise.resolve();
  }
}

/** What is started from now on: the name that each script is given, else the last word. */
function watched(transport: Transport): string[] {
  const commands: string[] = [];
  const start = transport.start.bind(transport);
  transport.start = (spec, options) => {
    commands.push(spec.argv[0] === 'sh' ? (spec.argv[3] ?? '') : (spec.argv.at(-1) ?? ''));
    return start(spec, options);
  };
  return commands;
}

describe.each(['bookworm', 'trixie'] as const)('Docker on %s is reached', (kind) => {
  let host: LabHost;
  let client: LabClient;
  const open: (() => Promise<void>)[] = [];
  beforeAll(async () => {
    host = labHost(kind);
    client = await makeLabClient(host);
  });
  afterEach(async () => {
    for (const close of open.splice(0)) await close();
  });
  afterAll(() => client.remove());

  async function connect(user: keyof typeof labUsers, operator?: Operator): Promise<Transport> {
    const transport = await client.connect(user, operator);
    open.push(() => transport.close());
    return transport;
  }

  async function engineOf(
    user: keyof typeof labUsers,
    operator?: Operator,
    socket?: string,
  ): Promise<OpenEngine> {
    const found = await findEngine(await connect(user, operator), { socket });
    open.unshift(() => {
      found.close();
      return Promise.resolve();
    });
    return found;
  }

  test('directly, by a user in group docker', async () => {
    const { engine, address, way } = await engineOf('ops');
    expect((await engine.version()).os).toBe('linux');
    expect(address).toEqual({ endpoint: { path: '/var/run/docker.sock' }, source: 'default' });
    expect(way).toEqual({ bridge: undefined, asRoot: false });
  });

  test('with sudo that asks nothing', async () => {
    const person = new Person();
    const { engine, way } = await engineOf('sudoer', { prompter: person });
    expect((await engine.version()).os).toBe('linux');
    expect(way.asRoot).toBe(true);
    expect(person.questions).toEqual([]);
  });

  test('with sudo and a password that is typed once', async () => {
    const person = new Person(typistPassword);
    const { engine, way } = await engineOf('typist', { prompter: person });
    const versions = await Promise.all(Array.from({ length: 6 }, () => engine.version()));
    expect(versions).toHaveLength(6);
    expect(way.asRoot).toBe(true);
    expect(person.questions).toEqual(['sudo password of typist on web-1:']);
    const processes = await tool('docker', 'exec', host.containerId, 'ps', '-eo', 'args');
    expect(processes).toContain('sudo -S');
    expect(processes).not.toContain(typistPassword);
  });

  test('with a password at the second try, which is kept in the keychain if wanted', async () => {
    const keychain = new Drawer();
    const person = new Person('not it', typistPassword, true);
    await engineOf('typist', { prompter: person, keychain });
    expect(person.questions.at(-1)).toContain('keychain');
    expect([...keychain.kept.values()].map((secret) => secret.reveal())).toEqual([typistPassword]);

    const silent = new Person();
    await engineOf('typist', { prompter: silent, keychain });
    expect(silent.questions).toEqual([]);
  });

  test('with a typed password when the kept one is wrong, which is thrown away', async () => {
    const keychain = new Drawer();
    const account = `sudo: typist on web-1 (${host.name})`;
    await keychain.set(account, new Secret('of last year'));
    const person = new Person(typistPassword, false);
    await engineOf('typist', { prompter: person, keychain });
    expect(person.questions).toHaveLength(2);
    expect(keychain.kept.size).toBe(0);
  });

  test.each(['ops', 'typist'] as const)(
    'by %s as root, with input and words untouched',
    async (user) => {
      const prompter = new Person(typistPassword);
      const transport = await connect(user);
      const start: Transport['start'] = (spec, options) => transport.start(spec, options);
      const root = new RootAccess(
        host.name,
        start,
        passwordsForSudo(prompter, host.name, noKeychain),
      );
      const bytes = randomBytes(300_000);
      const sum = await run(root, textCommand(['sha256sum'], { stdin: bytes }));
      expect(sum.split(' ')[0]).toBe(createHash('sha256').update(bytes).digest('hex'));
      const script = 'id -u; printf "%s\\n" "$W" "$@"';
      const env = { W: "it's $HOME" };
      const said = await run(root, textCommand(['sh', '-c', script, 'sh', 'a\nb', '*'], { env }));
      expect(said.split('\n')).toEqual(['0', "it's $HOME", 'a', 'b', '*']);
      await expect(run(root, textCommand(['sh', '-c', 'exit 7']))).rejects.toMatchObject({
        exitCode: 7,
      });
      expect(prompter.questions).toHaveLength(user === 'typist' ? 1 : 0);
    },
  );

  test('by the rootless engine of a user who may not use the other', async () => {
    const { engine, address, way } = await engineOf('rootless');
    expect(address.endpoint).toEqual({ path: rootlessSocket });
    expect(way).toEqual({ bridge: undefined, asRoot: false });
    expect((await engine.info()).rootDir).toMatch(/^\/home\/rootless\//);
  });

  test('where DOCKER_HOST of the user points to', async () => {
    const { engine, address } = await engineOf('environ');
    expect(address).toEqual({ endpoint: { path: environSocket }, source: 'DOCKER_HOST' });
    expect((await engine.version()).os).toBe('linux');
  });

  test('where the setting says, whatever DOCKER_HOST says', async () => {
    const error = engineOf('environ', undefined, '/var/run/docker.sock');
    await expect(error).rejects.toMatchObject({ reason: 'permission' });
  });

  test('by nobody without a terminal and a password, who is told every way out', async () => {
    await expect(engineOf('typist')).rejects.toMatchObject({
      code: 'docker.permission',
      message:
        'typist may not use the Docker Engine at /var/run/docker.sock: sudo asks typist for a password, and there is no terminal to type it at',
      hint: expect.stringMatching(
        /usermod -aG docker typist.*in a terminal.*typist ALL=\(ALL\) NOPASSWD: ALL.*rootless/s,
      ) as string,
    });
    await expect(engineOf('guest')).rejects.toMatchObject({
      code: 'docker.permission',
      hint: expect.stringContaining('sudo usermod -aG docker guest') as string,
    });
  });

  test('without asking again where, until that is wrong', async () => {
    const transport = await connect('rootless');
    const commands = watched(transport);
    const memory = engineMemory(client.stateDir, [kind, randomBytes(8).toString('hex')]);
    const find = async () => {
      const found = await findEngine(transport, { socket: undefined, memory });
      found.close();
      return found.address.endpoint;
    };
    expect(await find()).toEqual({ path: rootlessSocket });
    expect(commands).toEqual(['find-engine']);
    expect(await find()).toEqual({ path: rootlessSocket });
    expect(commands).toHaveLength(1);

    await memory.write({ endpoint: { path: '/run/gone.sock' }, source: 'default' });
    expect(await find()).toEqual({ path: rootlessSocket });
    expect(await memory.read()).toEqual({
      endpoint: { path: rootlessSocket },
      source: 'default',
      lastWay: { bridge: undefined, asRoot: false },
    });
  });

  test('by the bridge of last time, without a look, until that is wrong', async () => {
    const memory = engineMemory(client.stateDir, [kind, randomBytes(8).toString('hex')]);
    const find = async () => {
      const transport = await connect('sudoer');
      const commands = watched(transport);
      const found = await findEngine(transport, { socket: undefined, memory });
      found.close();
      expect(found.way.asRoot).toBe(true);
      return commands;
    };
    expect(await find()).toContain('look');
    expect(await find()).not.toContain('look');
    const address = await memory.read();
    expect(address?.lastWay).toEqual({ bridge: 'perl', asRoot: true });
    await memory.write({
      endpoint: { path: '/var/run/docker.sock' },
      source: 'default',
      lastWay: { bridge: 'socat', asRoot: false },
    });
    expect(await find()).toContain('look');
  });
});
