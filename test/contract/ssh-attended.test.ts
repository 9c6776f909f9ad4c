// Logins that need a person: asked once, and kept for the next command, as ssh with ControlPersist does it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Prompter } from '../../src/prompter.ts';
import { SshPool } from '../../src/transport/ssh/ssh-pool.ts';
import type { SshOptions, SshTarget } from '../../src/transport/ssh/ssh-target.ts';
import { endKept, keptConnections } from '../../src/transport/warm/ssh-warm-end.ts';
import { KeptDirectory, visit } from './kept-connections.ts';
import {
  makePamService,
  oneTimeCode,
  oneTimeCodes,
  onePassword,
  type PamService,
} from './pam-service.ts';
import { makeClient, nobody, Person, type ClientDirectory } from './sshd-client.ts';
import { startProxy } from './sshd-proxy.ts';
import {
  makeKey,
  makeWorkDirectory,
  publicKey,
  startSshd,
  tool,
  type Sshd,
} from './sshd-server.ts';

const password = 'correct horse';
const passphrase = 'open sesame';
let work: string;
let passwordDirectory: string;
let services: PamService[];
let locked: string;
let key: string;
/** Asks for a one-time code, whoever comes. */
let codes: Sshd;
/** Takes keys, and passwords from who has none. */
let usual: Sshd;
let client: ClientDirectory;
let kept: KeptDirectory;

beforeAll(async () => {
  work = await makeWorkDirectory();
  passwordDirectory = await makeWorkDirectory();
  services = [
    await makePamService(work, await oneTimeCodes(work)),
    await makePamService(passwordDirectory, await onePassword(passwordDirectory, password)),
  ];
  key = await makeKey(join(work, 'key'));
  locked = await makeKey(join(work, 'locked'), { passphrase });
  const authorizedKeys = await Promise.all([key, locked].map(publicKey));
  const [codeService, passwordService] = services.map(({ name }) => name);
  [codes, usual] = await Promise.all([
    startSshd({
      authorizedKeys: [],
      config: ['UsePAM yes', 'KbdInteractiveAuthentication yes'],
      pamService: codeService ?? '',
    }),
    startSshd({
      authorizedKeys,
      config: ['UsePAM yes', 'PasswordAuthentication yes'],
      pamService: passwordService ?? '',
    }),
  ]);
});
afterAll(async () => {
  await Promise.all([codes.stop(), usual.stop()]);
  for (const service of services) await service.remove();
  await rm(work, { recursive: true });
  await rm(passwordDirectory, { recursive: true });
});
beforeEach(async () => {
  client = await makeClient();
  kept = await KeptDirectory.make();
  await client.configure('IdentityFile none');
  await know(codes.port);
});
afterEach(async () => {
  await kept[Symbol.asyncDispose]();
  await client.remove();
});

async function know(port: number): Promise<void> {
  const lines = [
    `[127.0.0.1]:${port} ${await codes.hostKey()}`,
    `[localhost]:${codes.port} ${await codes.hostKey()}`,
    `[127.0.0.1]:${usual.port} ${await usual.hostKey()}`,
  ];
  await client.know(...lines);
}

const at = ({ port }: { port: number }, more: Partial<SshTarget> = {}): SshTarget =>
  client.target(`127.0.0.1:${port}`, { warmSeconds: 600, ...more });
const asking = (prompter: Prompter, more: Partial<SshOptions> = {}): SshOptions =>
  client.options(prompter, { runtimeDir: kept.path, ...more });
const acceptedBy = async (server: Sshd) => (await server.log()).match(/Accepted /g)?.length ?? 0;
const codeQuestion = (port = codes.port) =>
  `web-1 (127.0.0.1:${port}) asks for the login as ${codes.user}:\n  Verification code:`;
const disconnect = async () => endKept(kept.path, await keptConnections(kept.path, 'web-1'));

/** One command that has to ask, and one that must not. */
async function askedOnce(target: SshTarget, server: Sshd, ...answers: string[]): Promise<Person> {
  const person = new Person(...answers);
  const first = await visit(target, asking(person));
  expect(first).toMatchObject({ answer: 'here', isWarm: false });
  expect(first.way).toContain('by ssh itself');
  const logins = await acceptedBy(server);
  const second = await visit(target, asking(nobody));
  expect(second).toMatchObject({ answer: 'here', stages: ['web-1 config', 'web-1 warm'] });
  expect(await acceptedBy(server)).toBe(logins);
  return person;
}

describe('a one-time code', () => {
  test('is asked for once; after a disconnection again', async () => {
    const first = await askedOnce(at(codes), codes, oneTimeCode());
    expect(first.questions).toEqual([codeQuestion()]);
    expect(await disconnect()).toBe(1);
    const logins = (await codes.log()).match(/Connection from /g)?.length;
    const again = await askedOnce(at(codes), codes, oneTimeCode());
    expect(again.questions).toEqual([codeQuestion()]);
    // It is known by now that somebody is needed: nothing is tried without.
    expect((await codes.log()).match(/Connection from /g)).toHaveLength((logins ?? 0) + 1);
  });

  test('that is wrong is asked for again, and told at the end', async () => {
    const person = await askedOnce(at(codes), codes, '000000', oneTimeCode());
    expect(person.questions).toHaveLength(2);
    await disconnect();
    await client.configure('IdentityFile none\nNumberOfPasswordPrompts 2');
    const wrong = new Person('000000', '000001');
    await expect(visit(at(codes), asking(wrong))).rejects.toMatchObject({
      reason: 'auth',
      message: expect.stringMatching(
        /refused the login as .*what was answered did not do; the server accepts: .*keyboard-interactive/,
      ) as string,
    });
    expect(wrong.questions).toHaveLength(2);
    expect(await kept.pids()).toEqual([]);
  });

  test.each([
    ['nobody is known to be there', { ...nobody, isAttended: false }],
    ['nobody answers', nobody],
  ])('is not waited for where %s, also when it was given before', async (_what, prompter) => {
    const refused = {
      reason: 'auth',
      hint: expect.stringContaining('run occ in a terminal') as string,
    };
    await expect(visit(at(codes), asking(prompter))).rejects.toMatchObject(refused);
    await askedOnce(at(codes), codes, oneTimeCode());
    await disconnect();
    await expect(visit(at(codes), asking(prompter))).rejects.toMatchObject(refused);
    expect(await readdir(kept.path)).toEqual([]);
  });

  test('is asked for by occ itself, once, where nothing can be kept', async () => {
    for (const [target, more] of [
      [at(codes, { warmSeconds: 0 }), {}],
      [at(codes), { runtimeDir: undefined }],
      [at(codes), { fresh: true }],
      [at(codes), { env: { PATH: '/nowhere', HOME: client.path } }],
    ] as const) {
      const person = new Person(oneTimeCode());
      const told = await visit(target, asking(person, more));
      expect(told.stages.at(-1)).toBe('web-1 login');
      expect(told.way).not.toContain('by ssh itself');
      expect(person.questions).toEqual([codeQuestion()]);
    }
    expect(await kept.pids()).toEqual([]);
  });

  test('is asked for after a key that was accepted now, which is stored', async () => {
    await client.know();
    const person = new Person(true, oneTimeCode());
    await visit(at(codes), asking(person));
    expect(person.questions).toHaveLength(2);
    expect(person.questions[1]).toBe(codeQuestion());
    await disconnect();
    expect((await visit(at(codes), asking(new Person(oneTimeCode())))).answer).toBe('here');
  });
});

describe('what is kept after it', () => {
  test('ends when nobody has used it for as long as was said', async () => {
    await visit(at(codes, { warmSeconds: 1 }), asking(new Person(oneTimeCode())));
    await kept.until(0);
    const person = new Person(oneTimeCode());
    await visit(at(codes, { warmSeconds: 1 }), asking(person));
    expect(person.questions).toEqual([codeQuestion()]);
  });

  test('is not for another configuration', async () => {
    await askedOnce(at(codes), codes, oneTimeCode());
    await client.configure('IdentityFile none\nCiphers aes256-ctr');
    const person = new Person(oneTimeCode());
    expect(await visit(at(codes), asking(person))).toMatchObject({ isWarm: false });
    expect(person.questions).toHaveLength(1);
    expect(await kept.alive()).toHaveLength(2);
  });

  test('is replaced when the network forgot it, and that is kept as well', async () => {
    const proxy = await startProxy(codes.port);
    await know(proxy.port);
    const target = at(proxy);
    await visit(target, asking(new Person(oneTimeCode())));
    proxy.forget();
    const person = new Person(oneTimeCode());
    expect(await visit(target, asking(person))).toMatchObject({ answer: 'here' });
    expect(person.questions).toHaveLength(1);
    expect(await visit(target, asking(nobody))).toMatchObject({ isWarm: true });
    await proxy.close();
  });
});

describe('other things that a person knows', () => {
  test('the passphrase of a key that no agent holds', async () => {
    const target = at(usual, { identityFile: locked });
    const person = await askedOnce(target, usual, 'wrong', passphrase);
    const question = `Passphrase of the key ${locked}: `;
    expect(person.questions).toEqual([question, `Wrong passphrase. ${question}`]);
  });

  test('a passphrase that stays wrong is told with the key', async () => {
    const person = new Person('a', 'b', 'c');
    const target = at(usual, { identityFile: locked });
    await expect(visit(target, asking(person))).rejects.toMatchObject({
      reason: 'auth',
      message: expect.stringContaining('wrong passphrase') as string,
      hint: `Unlock the key: ssh-add ${locked}`,
    });
    expect(await kept.pids()).toEqual([]);
  });

  test('nothing any more: that a person was needed is forgotten, and ssh not taken for it', async () => {
    const own = await makeKey(join(client.path, 'own'), { passphrase });
    const target = at(usual, { identityFile: own });
    const server = await startSshd({ authorizedKeys: [await publicKey(own)] });
    await client.know(`[127.0.0.1]:${server.port} ${await server.hostKey()}`);
    const there = { ...target, address: `127.0.0.1:${server.port}` };
    const hints = () => readdir(join(client.stateDir, 'attended'));
    await askedOnce(there, server, passphrase);
    expect(await hints()).toEqual(await kept.alive());
    await tool('ssh-keygen', '-q', '-p', '-P', passphrase, '-N', '', '-f', own);
    for (const way of ['by ssh itself', own]) {
      await disconnect();
      expect((await visit(there, asking(nobody))).way).toContain(way);
      expect(await hints()).toEqual([]);
      await kept.until(1);
    }
    await server.stop();
  });

  test('a passphrase is asked for once in a run, for however many hosts', async () => {
    const person = new Person(passphrase);
    const hosts = ['web-1', 'web-2', 'web-3'];
    const lent = asking(person, { pool: new SshPool() });
    const told = await Promise.all(
      hosts.map((host) => visit({ ...at(usual, { identityFile: locked }), host }, lent)),
    );
    expect(told.map(({ answer }) => answer)).toEqual(['here', 'here', 'here']);
    expect(await kept.alive()).toHaveLength(3);
  });

  test('the password of the account', async () => {
    const person = await askedOnce(at(usual, { passwordLogin: true }), usual, 'wrong', password);
    const question = `Password of ${usual.user} on web-1 (127.0.0.1:${usual.port}):`;
    expect(person.questions).toEqual([question, `Wrong password. ${question}`]);
  });
});

describe('a jump host that asks', () => {
  const behind = (host = 'web-1') => ({
    ...at(usual, { identityFile: key, proxyJump: `127.0.0.1:${codes.port}` }),
    host,
  });

  test('is asked once for all hosts behind it, of this command and the next', async () => {
    const person = new Person(oneTimeCode());
    const lent = asking(person, { pool: new SshPool() });
    const hosts = ['web-1', 'web-2', 'web-3'];
    const told = await Promise.all(hosts.map((host) => visit(behind(host), lent)));
    expect(told.map(({ answer }) => answer)).toEqual(['here', 'here', 'here']);
    expect(person.questions).toHaveLength(1);
    expect(await visit(behind(), asking(nobody))).toMatchObject({
      stages: ['web-1 config', 'web-1 warm'],
    });
    // One that was never connected to, and one that was disconnected.
    expect(await visit(behind('web-4'), asking(nobody))).toMatchObject({ answer: 'here' });
    expect(await disconnect()).toBe(1);
    expect(await visit(behind(), asking(nobody))).toMatchObject({ answer: 'here' });
    expect(await kept.alive()).toHaveLength(5);
  });

  test('is asked before the host behind it, which asks as well', async () => {
    const address = `localhost:${codes.port}`;
    const both = { ...at(codes, { proxyJump: `127.0.0.1:${codes.port}` }), address };
    const person = new Person(oneTimeCode(), oneTimeCode());
    expect(await visit(both, asking(person))).toMatchObject({ answer: 'here' });
    expect(person.questions.map((question) => question.split(' asks ')[0])).toEqual([
      `jump host [127.0.0.1]:${codes.port} (127.0.0.1:${codes.port})`,
      `web-1 (${address})`,
    ]);
    expect(await visit(both, asking(nobody))).toMatchObject({ isWarm: true });
    await disconnect();
    const again = new Person(oneTimeCode());
    expect(await visit(both, asking(again))).toMatchObject({ answer: 'here' });
    expect(again.questions).toHaveLength(1);
  });

  test('is asked again when all is disconnected', async () => {
    await visit(behind(), asking(new Person(oneTimeCode())));
    await endKept(kept.path, await keptConnections(kept.path));
    const person = new Person(oneTimeCode());
    expect(await visit(behind(), asking(person))).toMatchObject({ answer: 'here' });
    expect(person.questions).toHaveLength(1);
  });

  test('is asked again when the network forgot what was kept', async () => {
    const proxy = await startProxy(codes.port);
    await know(proxy.port);
    const target = { ...behind(), proxyJump: `127.0.0.1:${proxy.port}` };
    await visit(target, asking(new Person(oneTimeCode())));
    proxy.forget();
    const person = new Person(oneTimeCode());
    expect(await visit(target, asking(person))).toMatchObject({ answer: 'here' });
    expect(person.questions).toHaveLength(1);
    expect(await visit(target, asking(nobody))).toMatchObject({ isWarm: true });
    await proxy.close();
  });

  test('is asked by occ itself where nothing is kept', async () => {
    const person = new Person(oneTimeCode());
    const told = await visit({ ...behind(), warmSeconds: 0 }, asking(person));
    expect(told).toMatchObject({ answer: 'here' });
    expect(person.questions).toHaveLength(1);
    expect(await kept.pids()).toEqual([]);
  });
});

test('what a killed process leaves behind is removed by the next login', async () => {
  const module = fileURLToPath(
    new URL('../../src/transport/ssh/ssh-transport.ts', import.meta.url),
  );
  const env = { PATH: process.env['PATH'], HOME: client.path };
  const lent = { stateDir: client.stateDir, runtimeDir: kept.path, env };
  const code = `const { connectSsh } = await import(${JSON.stringify(module)});
    setInterval(() => undefined, 1000);
    const prompter = { secret: () => { console.log('asked'); return new Promise(() => undefined); } };
    await connectSsh(${JSON.stringify(at(codes))}, { ...${JSON.stringify(lent)}, prompter });`;
  const argv = ['--import', 'tsx', '--input-type=module', '--eval', code];
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  const [left = ''] = await readdir(kept.path);
  expect(left).toMatch(new RegExp(`^occ-ask-${child.pid}-`));
  expect((await stat(join(kept.path, left))).mode & 0o777).toBe(0o700);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(await readdir(kept.path)).toContain(left);
  await visit(at(codes), asking(new Person(oneTimeCode())));
  expect(await readdir(kept.path)).toEqual(await kept.alive());
  // ssh saw its helper fail, and ended by itself.
  await expect.poll(() => tool('pgrep', '-f', left).catch(() => '')).toBe('');
});
