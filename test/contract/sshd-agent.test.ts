// Agents: FIDO keys and their certificates, keys that are refused or confirmed, odd sockets, the order of what is offered.
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { userInfo } from 'node:os';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { softwareToken, startAgent, type TestAgent } from './ssh-agent-process.ts';
import { sshOutcome } from './ssh-outcome.ts';
import { loginError } from './ssh-login.ts';
import { sshScene } from './ssh-scene.ts';
import { nobody, type ClientDirectory } from './sshd-client.ts';
import { makeWorkDirectory, publicKey, tool, type Sshd } from './sshd-server.ts';

const scene = sshScene();
let authority: string;
let token: Record<'ed25519-sk' | 'ecdsa-sk', string>;
let keys: Record<'a' | 'b' | 'c' | 'd' | 'known', string>;
let server: Sshd;
let agent: TestAgent;
let client: ClientDirectory;

beforeAll(async () => {
  authority = await scene.key('authority');
  const make = (name: string) => scene.key(name, { comment: name });
  const [a, b, c, d, known] = await Promise.all(['a', 'b', 'c', 'd', 'known'].map(make));
  keys = { a, b, c, d, known } as typeof keys;
  token = {
    'ed25519-sk': await makeTokenKey('ed25519-sk'),
    'ecdsa-sk': await makeTokenKey('ecdsa-sk'),
  };
  const accepted = [keys.known, ...Object.values(token)];
  const authorizedKeys = await Promise.all(accepted.map(publicKey));
  const config = [`TrustedUserCAKeys ${authority}.pub`, 'MaxAuthTries 6'];
  server = await scene.sshd({ authorizedKeys, config });
});
beforeEach(async () => {
  agent = await startAgent(join(await makeWorkDirectory(), 'agent'));
  client = await scene.client({ config: 'IdentityFile none', knows: [server] });
});
afterEach(async () => {
  await agent.stop();
  await rm(join(agent.socket, '..'), { recursive: true });
});

async function makeTokenKey(type: 'ed25519-sk' | 'ecdsa-sk'): Promise<string> {
  const path = join(scene.work, type);
  await tool('ssh-keygen', '-q', '-t', type, '-w', softwareToken, '-N', '', '-f', path);
  return path;
}

const target = () => client.target(server.address);
const agentEnv = () => ({ PATH: process.env['PATH'], SSH_AUTH_SOCK: agent.socket });
const logIn = () => loginError(target(), client.options(nobody, { env: agentEnv() }));
/** There is no ssh client on this machine, as far as occ can see. */
const withoutSsh = () =>
  loginError(target(), client.options(nobody, { env: { PATH: '/nowhere' } }));
const sshLogIn = () => sshOutcome(target(), { env: agentEnv() });

describe('a FIDO key', () => {
  test.each(['ed25519-sk', 'ecdsa-sk'] as const)('of type %s in the agent', async (type) => {
    await agent.add('-q', '-S', softwareToken, token[type]);
    expect(await logIn()).toBeUndefined();
    expect(await sshLogIn()).toMatchObject({ loggedIn: true });
  });

  test.each(['ed25519-sk', 'ecdsa-sk'] as const)('of type %s with a certificate', async (type) => {
    const path = join(client.path, type);
    await tool('ssh-keygen', '-q', '-t', type, '-w', softwareToken, '-N', '', '-f', path);
    const what = ['-I', 'token', '-n', userInfo().username];
    await tool('ssh-keygen', '-q', '-s', authority, ...what, `${path}.pub`);
    await agent.add('-q', '-S', softwareToken, path);
    // The key by itself is not authorized.
    expect(await logIn()).toBeUndefined();
    expect(await sshLogIn()).toMatchObject({ loggedIn: true });
  });

  test('that is a file only is left to ssh, once the server has said that it would do', async () => {
    const file = `IdentityFile ${token['ed25519-sk']}`;
    await client.configure(`${file}\nSecurityKeyProvider ${softwareToken}`);
    expect(await withoutSsh()).toMatchObject({
      message: expect.stringContaining(
        `${token['ed25519-sk']} is a FIDO key that is in no agent`,
      ) as string,
    });
    expect(await logIn()).toBeUndefined();
    expect(await sshOutcome(target())).toMatchObject({ loggedIn: true });
  });

  test('that is a file only and not authorized is not left to ssh', async () => {
    const path = join(client.path, 'stranger');
    await tool('ssh-keygen', '-q', '-t', 'ed25519-sk', '-w', softwareToken, '-N', '', '-f', path);
    await client.configure(`IdentityFile ${path}`);
    const error = await withoutSsh();
    expect(error).toMatchObject({ reason: 'auth' });
    expect(error?.message).not.toContain('FIDO');
  });
});

describe('an agent', () => {
  test('at the path of IdentityAgent, with a space in it', async () => {
    const directory = join(client.path, 'Group Containers', '.1password');
    await mkdir(directory, { recursive: true });
    const other = await startAgent(join(directory, 'agent.sock'));
    await other.add('-q', keys.known);
    await client.configure(`IdentityFile none\nIdentityAgent "${other.socket}"`);
    expect(await logIn()).toBeUndefined();
    expect(await sshLogIn()).toMatchObject({ loggedIn: true });
    await other.stop();
  });

  test('that refuses to sign does not keep the next key from being tried', async () => {
    // Its use has to be confirmed, and /bin/false does not.
    await agent.add('-q', '-c', keys.known);
    expect(await logIn()).toMatchObject({
      reason: 'auth',
      message: expect.stringContaining('“known”: the agent refused to sign') as string,
    });
    expect(await sshLogIn()).toMatchObject({ loggedIn: false });
    await agent.add('-q', '-S', softwareToken, token['ed25519-sk']);
    expect(await logIn()).toBeUndefined();
  });

  test('with a key for certain hosts only is asked through ssh, which proves to it which host it is', async () => {
    const host = server.knownAs;
    await agent.add('-q', '-H', client.knownHostsFile, '-h', host, keys.known);
    expect(await logIn()).toBeUndefined();
    expect(await sshLogIn()).toMatchObject({ loggedIn: true });
  });

  test('that IdentityAgent none switches off is not asked', async () => {
    await agent.add('-q', keys.known);
    await client.configure('IdentityFile none\nIdentityAgent none');
    expect(await logIn()).toMatchObject({
      message: expect.stringContaining('no key to offer') as string,
    });
    expect(await sshLogIn()).toMatchObject({ loggedIn: false });
  });
});

/** Fingerprints that a login offered and the server refused, in order, from the server's log. */
async function refusedBy(login: () => Promise<unknown>): Promise<string[]> {
  const before = (await server.log()).length;
  await login();
  const said = (await server.log()).slice(before);
  return [...said.matchAll(/^Failed publickey for .* (SHA256:\S+)/gm)].map((line) => line[1] ?? '');
}

describe('keys are offered in the order of ssh', () => {
  const orders: [
    what: string,
    inAgent: (keyof typeof keys)[],
    config: (path: typeof keys) => string,
  ][] = [
    ['agent only', ['c', 'a', 'b'], () => 'IdentityFile none'],
    ['files only', [], (k) => `IdentityFile ${k.b}\nIdentityFile ${k.a}`],
    [
      'named keys of the agent first',
      ['a', 'b', 'c'],
      (k) => `IdentityFile ${k.c}\nIdentityFile ${k.b}`,
    ],
    ['files last', ['a', 'b'], (k) => `IdentityFile ${k.c}\nIdentityFile ${k.b}`],
    [
      'IdentitiesOnly',
      ['a', 'b'],
      (k) => `IdentityFile ${k.c}\nIdentityFile ${k.b}\nIdentitiesOnly yes`,
    ],
    ['a public key selects', ['a', 'b', 'c'], (k) => `IdentityFile ${k.b}.pub\nIdentitiesOnly yes`],
    [
      'PubkeyAcceptedAlgorithms',
      ['a'],
      (k) => `IdentityFile ${k.b}\nPubkeyAcceptedAlgorithms rsa-sha2-512`,
    ],
    ['PubkeyAuthentication no', ['a'], () => 'PubkeyAuthentication no'],
  ];

  test.each(orders)('%s', async (_what, inAgent, config) => {
    for (const name of inAgent) await agent.add('-q', keys[name]);
    await client.configure(config(keys));
    const ours = await refusedBy(logIn);
    expect(ours).toEqual(await refusedBy(sshLogIn));
    if (inAgent.length > 1) expect(ours.length).toBeGreaterThan(0);
  });
});

test('a key that is named twice is offered once, where ssh offers it twice', async () => {
  await client.configure(`IdentityFile ${keys.a}\nIdentityFile ${keys.a}.pub`);
  await agent.add('-q', keys.a);
  expect(await refusedBy(logIn)).toHaveLength(1);
  expect(await refusedBy(sshLogIn)).toHaveLength(2);
});
