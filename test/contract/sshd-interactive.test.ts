// One-time codes, passwords, and servers that want several things: real PAM behind a real sshd.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  makePamService,
  oneTimeCode,
  oneTimeCodes,
  onePassword,
  type PamService,
} from './pam-service.ts';
import { loginError } from './ssh-login.ts';
import { makeAskpass, sshOutcome } from './ssh-outcome.ts';
import { makeClient, nobody, Person, type ClientDirectory } from './sshd-client.ts';
import { makeKey, makeWorkDirectory, publicKey, startSshd, type Sshd } from './sshd-server.ts';

const password = 'correct horse';
const interactive = ['UsePAM yes', 'KbdInteractiveAuthentication yes'];
let codesDirectory: string;
let passwordDirectory: string;
let codes: PamService;
let passwords: PamService;
let key: string;
let second: string;
let stranger: string;
/** Asks for a one-time code, after nothing or after a key. */
let codeServer: Sshd;
let keyAndCodeServer: Sshd;
let passwordServer: Sshd;
let client: ClientDirectory;

beforeAll(async () => {
  codesDirectory = await makeWorkDirectory();
  passwordDirectory = await makeWorkDirectory();
  codes = await makePamService(codesDirectory, await oneTimeCodes(codesDirectory));
  passwords = await makePamService(
    passwordDirectory,
    await onePassword(passwordDirectory, password),
  );
  key = await makeKey(join(codesDirectory, 'key'));
  second = await makeKey(join(codesDirectory, 'second'));
  stranger = await makeKey(join(codesDirectory, 'stranger'));
  const authorizedKeys = await Promise.all([key, second].map(publicKey));
  const both = 'AuthenticationMethods publickey,keyboard-interactive';
  [codeServer, keyAndCodeServer, passwordServer] = await Promise.all([
    startSshd({ authorizedKeys: [], config: interactive, pamService: codes.name }),
    startSshd({ authorizedKeys, config: [...interactive, both], pamService: codes.name }),
    startSshd({
      authorizedKeys,
      config: ['UsePAM yes', 'PasswordAuthentication yes'],
      pamService: passwords.name,
    }),
  ]);
});
afterAll(async () => {
  await Promise.all([codeServer, keyAndCodeServer, passwordServer].map((server) => server.stop()));
  await codes.remove();
  await passwords.remove();
  await rm(codesDirectory, { recursive: true });
  await rm(passwordDirectory, { recursive: true });
});
beforeEach(async () => {
  client = await makeClient();
  const servers = [codeServer, keyAndCodeServer, passwordServer];
  const lines = servers.map(async (one) => `[127.0.0.1]:${one.port} ${await one.hostKey()}`);
  await client.know(...(await Promise.all(lines)));
  await client.configure('IdentityFile none');
});
afterEach(() => client.remove());

const target = (server: Sshd, more = {}) => client.target(`127.0.0.1:${server.port}`, more);
const codeQuestion = (server: Sshd): string =>
  `web-1 (127.0.0.1:${server.port}) asks for the login as ${server.user}:\n  Verification code:`;

describe('a one-time code', () => {
  test('is asked for as the server words it, under a line of our own', async () => {
    const person = new Person(oneTimeCode());
    expect(await loginError(target(codeServer), client.options(person))).toBeUndefined();
    expect(person.questions).toEqual([codeQuestion(codeServer)]);
    const askpass = await makeAskpass(client.path, `echo ${oneTimeCode()}`);
    expect(await sshOutcome(target(codeServer), { askpass })).toMatchObject({ loggedIn: true });
  });

  test('that is wrong is asked for again, as often as NumberOfPasswordPrompts says', async () => {
    await client.configure('IdentityFile none\nNumberOfPasswordPrompts 2');
    const person = new Person('000000', '000001');
    expect(await loginError(target(codeServer), client.options(person))).toMatchObject({
      reason: 'auth',
      message: expect.stringContaining('answers to its questions') as string,
    });
    expect(person.questions).toHaveLength(2);
  });

  test('comes after a key where the server wants both', async () => {
    const person = new Person(oneTimeCode());
    const there = target(keyAndCodeServer, { identityFile: key });
    expect(await loginError(there, client.options(person))).toBeUndefined();
    expect(person.questions).toEqual([codeQuestion(keyAndCodeServer)]);
    const askpass = await makeAskpass(client.path, `echo ${oneTimeCode()}`);
    expect(await sshOutcome(there, { askpass })).toMatchObject({ loggedIn: true });
  });

  test.each([
    ['without a terminal', ''],
    ['in BatchMode', 'BatchMode yes'],
    ['with KbdInteractiveAuthentication no', 'KbdInteractiveAuthentication no'],
    ['where only other methods are preferred', 'PreferredAuthentications publickey,password'],
  ])('is not asked for %s', async (what, line) => {
    await client.configure(`IdentityFile none\n${line}`);
    const asked = what === 'without a terminal' ? nobody : new Person();
    const error = await loginError(
      target(keyAndCodeServer, { identityFile: key }),
      client.options(asked),
    );
    expect(error).toMatchObject({
      reason: 'auth',
      message: expect.stringMatching(
        /wants more than a key for the login as .*the server accepts: keyboard-interactive/,
      ) as string,
    });
    if (line === '') expect(error?.hint).toContain('run occ in a terminal');
  });
});

describe('a password', () => {
  const allowed = { passwordLogin: true };

  test('is asked for where the inventory allows it, again when it was wrong', async () => {
    const person = new Person('wrong', password);
    expect(
      await loginError(target(passwordServer, allowed), client.options(person)),
    ).toBeUndefined();
    const place = `${passwordServer.user} on web-1 (127.0.0.1:${passwordServer.port})`;
    expect(person.questions).toEqual([
      `Password of ${place}:`,
      `Wrong password. Password of ${place}:`,
    ]);
    const askpass = await makeAskpass(client.path, `echo '${password}'`);
    expect(await sshOutcome(target(passwordServer), { askpass })).toMatchObject({ loggedIn: true });
  });

  test('is not asked for otherwise: the error says how to allow it', async () => {
    const error = await loginError(target(passwordServer), client.options(new Person()));
    expect(error).toMatchObject({
      reason: 'auth',
      hint: expect.stringContaining('occ --host web-1 config set password_login true') as string,
    });
  });

  test('is given up without a terminal, and after as many as NumberOfPasswordPrompts says', async () => {
    const error = await loginError(target(passwordServer, allowed), client.options(nobody));
    expect(error).toMatchObject({ hint: expect.stringContaining('in a terminal') as string });
    await client.configure('IdentityFile none\nNumberOfPasswordPrompts 1');
    const person = new Person('wrong');
    expect(await loginError(target(passwordServer, allowed), client.options(person))).toMatchObject(
      {
        reason: 'auth',
        message: expect.stringContaining('offered: a password') as string,
      },
    );
  });

  test.each(['BatchMode yes', 'PasswordAuthentication no'])(
    'is not asked for with %s',
    async (line) => {
      await client.configure(`IdentityFile none\n${line}`);
      const error = await loginError(target(passwordServer, allowed), client.options(new Person()));
      expect(error).toMatchObject({ reason: 'auth' });
    },
  );

  test('that PAM asks for may be answered by whoever sits there', async () => {
    const config = interactive;
    const server = await startSshd({ authorizedKeys: [], config, pamService: passwords.name });
    await client.know(`[127.0.0.1]:${server.port} ${await server.hostKey()}`);
    const person = new Person(password);
    expect(await loginError(target(server), client.options(person))).toBeUndefined();
    expect(person.questions[0]).toMatch(/^web-1 .* asks for the login as .*:\n {2}Password:$/);
    await server.stop();
  });
});

describe('a jump host that wants a password', () => {
  const gatePassword = 'battery staple';
  let directory: string;
  let gates: PamService;
  let gate: Sshd;

  beforeAll(async () => {
    directory = await makeWorkDirectory();
    gates = await makePamService(directory, await onePassword(directory, gatePassword));
    const config = ['UsePAM yes', 'PasswordAuthentication yes'];
    gate = await startSshd({ authorizedKeys: [], config, pamService: gates.name });
  });
  afterAll(async () => {
    await gate.stop();
    await gates.remove();
    await rm(directory, { recursive: true });
  });
  beforeEach(async () => {
    const lines = [gate, passwordServer].map(
      async (one) => `[127.0.0.1]:${one.port} ${await one.hostKey()}`,
    );
    await client.know(...(await Promise.all(lines)));
  });

  /** As ssh -G names it. */
  const proxyJump = () => `[127.0.0.1]:${gate.port}`;
  const jumpHost = () => `jump host ${proxyJump()} (127.0.0.1:${gate.port})`;
  const host = () => `web-1 (127.0.0.1:${passwordServer.port})`;
  const behind = (more = {}) => target(passwordServer, { proxyJump: proxyJump(), ...more });

  test('is asked for each password in its own name, before the host', async () => {
    const { user } = gate;
    const person = new Person('wrong', gatePassword, password);
    const options = client.options(person);
    expect(await loginError(behind({ passwordLogin: true }), options)).toBeUndefined();
    expect(person.questions).toEqual([
      `Password of ${user} on ${jumpHost()}:`,
      `Wrong password. Password of ${user} on ${jumpHost()}:`,
      `Password of ${user} on ${host()}:`,
    ]);
  });

  test('may be the only one: where its own entry of the inventory says so', async () => {
    const person = new Person(gatePassword);
    const passwordAtJump = (jump: string): boolean => jump === proxyJump();
    const options = client.options(person, { passwordAtJump });
    const there = behind({ identityFile: key });
    expect(await loginError(there, options)).toBeUndefined();
    expect(person.questions).toEqual([`Password of ${gate.user} on ${jumpHost()}:`]);
  });

  test('is not asked otherwise: the error says how to allow it', async () => {
    const error = await loginError(behind({ identityFile: key }), client.options(new Person()));
    expect(error).toMatchObject({
      reason: 'auth',
      message: expect.stringContaining(jumpHost()) as string,
      hint: expect.stringContaining('occ --host web-1 config set password_login true') as string,
    });
  });

  test('is asked through masters of ssh as well', async () => {
    await client.configure(
      'IdentityFile none\nKexAlgorithms sntrup761x25519-sha512@openssh.com\nPreferredAuthentications password',
    );
    const person = new Person(gatePassword, password);
    const options = client.options(person);
    expect(await loginError(behind({ passwordLogin: true }), options)).toBeUndefined();
    const asks = (place: string): string => `Password of ${gate.user} on ${place}:`;
    expect(person.questions).toEqual([asks(jumpHost()), asks(host())]);
    const refused = await loginError(behind(), client.options(new Person()));
    expect(refused).toMatchObject({ reason: 'auth' });
  });
});

describe('several steps', () => {
  test.each([
    ['publickey,publickey', [], {}],
    ['publickey,password', [password], { passwordLogin: true }],
    ['password,publickey', [password], { passwordLogin: true }],
  ])('%s', async (methods, answers, more) => {
    const authorizedKeys = await Promise.all([key, second].map(publicKey));
    const config = ['UsePAM yes', 'PasswordAuthentication yes', `AuthenticationMethods ${methods}`];
    const server = await startSshd({ authorizedKeys, config, pamService: passwords.name });
    await client.know(`[127.0.0.1]:${server.port} ${await server.hostKey()}`);
    await client.configure(
      [stranger, key, second].map((path) => `IdentityFile ${path}`).join('\n'),
    );
    const person = new Person(...answers);
    expect(await loginError(target(server, more), client.options(person))).toBeUndefined();
    const askpass = await makeAskpass(client.path, `echo '${password}'`);
    expect(await sshOutcome(target(server), { askpass })).toMatchObject({ loggedIn: true });
    await server.stop();
  });

  test('a second key that is not there', async () => {
    const authorizedKeys = [await publicKey(key)];
    const config = ['AuthenticationMethods publickey,publickey'];
    const server = await startSshd({ authorizedKeys, config });
    await client.know(`[127.0.0.1]:${server.port} ${await server.hostKey()}`);
    const there = target(server, { identityFile: key });
    expect(await loginError(there, client.options(new Person()))).toMatchObject({
      message: expect.stringContaining('wants more than a key') as string,
    });
    expect(await sshOutcome(there)).toMatchObject({ loggedIn: false });
    await server.stop();
  });
});
