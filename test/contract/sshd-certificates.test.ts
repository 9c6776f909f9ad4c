// Certificates: beside a key, by CertificateFile, signed for by a file or an agent, in an agent; and refused ones.
import { copyFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { userInfo } from 'node:os';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { startAgent, type TestAgent } from './ssh-agent-process.ts';
import { makeAskpass, sshOutcome } from './ssh-outcome.ts';
import { loginError } from './ssh-login.ts';
import { sshScene } from './ssh-scene.ts';
import { nobody, Person, type ClientDirectory } from './sshd-client.ts';
import { makeKey, tool, type Sshd } from './sshd-server.ts';

const me = userInfo().username;
const passphrase = 'open sesame';
const scene = sshScene();
let authority: string;
let server: Sshd;
let agent: TestAgent;
let client: ClientDirectory;

beforeAll(async () => {
  authority = await scene.key('authority');
  // No key is authorized by itself: whoever gets in does so by a certificate.
  const config = [`TrustedUserCAKeys ${authority}.pub`];
  server = await scene.sshd({ authorizedKeys: [], config });
  agent = await startAgent(join(scene.work, 'agent'));
});
afterAll(() => agent.stop());
beforeEach(async () => {
  client = await scene.client({ config: 'IdentityFile none', knows: [server] });
});
afterEach(() => agent.add('-q', '-D'));

const target = (identityFile?: string) =>
  client.target(server.address, identityFile === undefined ? {} : { identityFile });
const agentEnv = () => ({ PATH: process.env['PATH'], SSH_AUTH_SOCK: agent.socket });
const withAgent = () => client.options(nobody, { env: agentEnv() });

interface Signed {
  readonly type?: string;
  readonly passphrase?: string;
  readonly principal?: string;
  readonly validity?: string;
}

/** Makes a key with its certificate beside it. */
async function certified(name: string, how: Signed = {}): Promise<string> {
  const { type = 'ed25519', principal = me, validity = '+1d' } = how;
  const path = join(client.path, name);
  const key = await makeKey(path, { type, passphrase: how.passphrase ?? '' });
  const what = ['-I', `id of ${name}`, '-n', principal, '-V', validity];
  await tool('ssh-keygen', '-q', '-s', authority, ...what, `${key}.pub`);
  return key;
}

test.each(['ed25519', 'ecdsa', 'rsa'])('a certificate of type %s beside its key', async (type) => {
  const key = await certified('key', { type });
  expect(await loginError(target(key), client.options())).toBeUndefined();
  expect(await sshOutcome(target(key))).toMatchObject({ loggedIn: true });
});

test('a certificate beside an encrypted key: the passphrase is asked for', async () => {
  const key = await certified('key', { passphrase });
  const person = new Person(passphrase);
  expect(await loginError(target(key), client.options(person))).toBeUndefined();
  expect(person.questions).toEqual([`Passphrase of the key ${key}: `]);
  const askpass = await makeAskpass(client.path, `echo '${passphrase}'`);
  expect(await sshOutcome(target(key), { askpass })).toMatchObject({ loggedIn: true });
});

test('a certificate that CertificateFile names, elsewhere', async () => {
  const key = await certified('key');
  const moved = join(client.path, 'my certificate');
  await rename(`${key}-cert.pub`, moved);
  expect(await loginError(target(key), client.options())).toMatchObject({ reason: 'auth' });
  await client.configure(`IdentityFile ${key}\nCertificateFile "${moved}"`);
  expect(await loginError(target(), client.options())).toBeUndefined();
  expect(await sshOutcome(target())).toMatchObject({ loggedIn: true });
});

test('a certificate file whose key is in the agent only', async () => {
  const key = await certified('key');
  const certificate = join(client.path, 'certificate.pub');
  await rename(`${key}-cert.pub`, certificate);
  await agent.add('-q', key);
  await rm(key);
  await client.configure(`IdentityFile none\nCertificateFile ${certificate}`);
  expect(await loginError(target(), withAgent())).toBeUndefined();
  expect(await sshOutcome(target(), { env: agentEnv() })).toMatchObject({ loggedIn: true });
});

test('a certificate that is in the agent only', async () => {
  const key = await certified('key');
  await agent.add('-q', key);
  await rm(key);
  await rm(`${key}-cert.pub`);
  expect(await loginError(target(), withAgent())).toBeUndefined();
  expect(await sshOutcome(target(), { env: agentEnv() })).toMatchObject({ loggedIn: true });
});

test('IdentitiesOnly keeps a certificate of the agent back that no file names', async () => {
  const key = await certified('key');
  await agent.add('-q', key);
  await copyFile(`${key}-cert.pub`, join(client.path, 'kept.pub'));
  await rm(key);
  await rm(`${key}-cert.pub`);
  await client.configure(`IdentitiesOnly yes\nIdentityFile ${join(client.path, 'other')}`);
  expect(await loginError(target(), withAgent())).toMatchObject({ reason: 'auth' });
  expect(await sshOutcome(target(), { env: agentEnv() })).toMatchObject({ loggedIn: false });
  await client.configure(`IdentitiesOnly yes\nIdentityFile ${join(client.path, 'kept.pub')}`);
  expect(await loginError(target(), withAgent())).toBeUndefined();
  expect(await sshOutcome(target(), { env: agentEnv() })).toMatchObject({ loggedIn: true });
});

test('an expired certificate: the error says when, and what to do', async () => {
  const key = await certified('key', { validity: '20200101000000Z:20200201000000Z' });
  const error = await loginError(target(key), client.options());
  expect(error).toMatchObject({
    reason: 'auth',
    message: expect.stringContaining(
      `certificate “id of key”, valid until 2020-02-01 00:00 UTC, principals: ${me}`,
    ) as string,
    hint: 'The certificate “id of key” expired on 2020-02-01 00:00 UTC: have a new one signed.',
  });
  expect(await sshOutcome(target(key))).toMatchObject({ loggedIn: false });
});

test('a certificate for somebody else', async () => {
  const key = await certified('key', { principal: 'alice,bob' });
  expect(await loginError(target(key), client.options())).toMatchObject({
    reason: 'auth',
    hint: `The certificate “id of key” is for alice, bob, not for ${me}: have a new one signed.`,
  });
  expect(await sshOutcome(target(key))).toMatchObject({ loggedIn: false });
});

test('an RSA certificate at a server that takes SHA-1 for it only', async () => {
  const config = [
    `TrustedUserCAKeys ${authority}.pub`,
    'PubkeyAcceptedAlgorithms ssh-rsa,ssh-rsa-cert-v01@openssh.com',
  ];
  const old = await scene.sshd({ authorizedKeys: [], config });
  await client.know(await old.knownHostsLine());
  const key = await certified('key', { type: 'rsa' });
  const there = client.target(old.address, { identityFile: key });
  expect(await loginError(there, client.options())).toMatchObject({ reason: 'auth' });
  expect(await sshOutcome(there)).toMatchObject({ loggedIn: false });
});
