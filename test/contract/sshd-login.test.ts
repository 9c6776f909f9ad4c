// Logging in with keys: files, passphrases, agents; and what is said when no key is accepted.
import { once } from 'node:events';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { connectSsh } from '../../src/transport/ssh/ssh-transport.ts';
import { ignoreOutput, readUntil } from './cases/support.ts';
import { startAgent, type TestAgent } from './ssh-agent-process.ts';
import { runOnce } from './ssh-login.ts';
import { sshScene } from './ssh-scene.ts';
import { nobody, Person, type ClientDirectory } from './sshd-client.ts';
import { startProxy } from './sshd-proxy.ts';
import { makeKey, publicKey, type Sshd } from './sshd-server.ts';

const passphrase = 'open sesame';
const scene = sshScene();
let locked: string;
let plain: string;
let rsa: string;
let stranger: string;
let server: Sshd;
let agent: TestAgent;
let client: ClientDirectory;

beforeAll(async () => {
  locked = await scene.key('locked', { passphrase });
  plain = await scene.key('plain');
  rsa = await scene.key('rsa', { type: 'rsa' });
  stranger = await scene.key('stranger');
  const authorizedKeys = await Promise.all([locked, plain, rsa].map(publicKey));
  server = await scene.sshd({ authorizedKeys, config: ['MaxAuthTries 3'] });
  agent = await startAgent(join(scene.work, 'agent'));
  // Strangers first: they use up the server's patience unless the configuration says which key to offer.
  for (let index = 0; index < 5; index++) {
    await agent.add('-q', await scene.key(`other-${index}`, { comment: `other-${index}` }));
  }
  await agent.add('-q', plain);
});
afterAll(() => agent.stop());
beforeEach(async () => {
  client = await scene.client({ config: 'IdentityFile none', knows: [server] });
});

const withAgent = () => ({ env: { PATH: process.env['PATH'], SSH_AUTH_SOCK: agent.socket } });

const whoAmI = (...where: Parameters<typeof connectSsh>): Promise<string> =>
  runOnce(['id', '-un'], ...where);

describe('a key file', () => {
  test.each([
    ['ed25519', () => plain],
    ['RSA', () => rsa],
  ])('of type %s logs in', async (_type, key) => {
    const target = client.target(server.address, { identityFile: key() });
    expect(await whoAmI(target, client.options())).toBe(server.user);
  });

  test('with a passphrase: asked for by its path, a wrong one is asked for again, then once per run', async () => {
    const person = new Person('wrong', passphrase);
    const target = client.target(server.address, { identityFile: locked });
    expect(await whoAmI(target, client.options(person))).toBe(server.user);
    expect(person.questions).toEqual([
      `Passphrase of the key ${locked}: `,
      `Wrong passphrase. Passphrase of the key ${locked}: `,
    ]);
    expect(await whoAmI(target, client.options(person))).toBe(server.user);
    expect(person.questions).toHaveLength(2);
  });

  test('is given up after three wrong passphrases', async () => {
    const person = new Person('a', 'b', 'c');
    const target = client.target(server.address, { identityFile: locked });
    await expect(connectSsh(target, client.options(person))).rejects.toMatchObject({
      reason: 'auth',
      message: expect.stringContaining('wrong passphrase') as string,
    });
  });

  test('with a passphrase and nobody to ask: the error says so, and how to unlock it', async () => {
    const target = client.target(server.address, { identityFile: locked });
    await expect(connectSsh(target, client.options(nobody))).rejects.toMatchObject({
      reason: 'auth',
      message: expect.stringContaining('nobody to ask for its passphrase') as string,
      hint: expect.stringContaining(`ssh-add ${locked}`) as string,
    });
  });

  test('is not asked about when the server does not know the key', async () => {
    const unknown = await makeKey(join(client.path, 'unknown'), { passphrase });
    const target = client.target(server.address, { identityFile: unknown });
    const person = new Person();
    await expect(connectSsh(target, client.options(person))).rejects.toMatchObject({
      reason: 'auth',
    });
    expect(person.questions).toEqual([]);
  });

  test('that others can read is not used', async () => {
    const open = await makeKey(join(client.path, 'open'));
    await chmod(open, 0o644);
    const target = client.target(server.address, { identityFile: open });
    await expect(connectSsh(target, client.options())).rejects.toMatchObject({
      reason: 'auth',
      message: expect.stringContaining('chmod 600') as string,
    });
  });
});

describe('an agent', () => {
  test('with IdentitiesOnly offers the named key alone, so that MaxAuthTries is not met', async () => {
    await client.configure(`IdentityFile ${plain}\nIdentitiesOnly yes`);
    const options = client.options(nobody, withAgent());
    expect(await whoAmI(client.target(server.address), options)).toBe(server.user);
  });

  test('offers the named key first', async () => {
    await client.configure(`IdentityFile ${plain}`);
    const options = client.options(nobody, withAgent());
    expect(await whoAmI(client.target(server.address), options)).toBe(server.user);
  });

  test('serves a key whose file is public only', async () => {
    await client.configure(`IdentityFile ${plain}.pub\nIdentitiesOnly yes`);
    const options = client.options(nobody, withAgent());
    expect(await whoAmI(client.target(server.address), options)).toBe(server.user);
  });

  test('with too many keys: the error says which setting helps', async () => {
    const attempt = connectSsh(client.target(server.address), client.options(nobody, withAgent()));
    await expect(attempt).rejects.toMatchObject({
      reason: 'auth',
      hint: expect.stringContaining('IdentitiesOnly yes') as string,
    });
  });

  test('that cannot be reached does not keep a file from being used', async () => {
    await client.configure(`IdentityFile ${plain}`);
    const env = { PATH: process.env['PATH'], SSH_AUTH_SOCK: join(scene.work, 'no-agent') };
    expect(await whoAmI(client.target(server.address), client.options(nobody, { env }))).toBe(
      server.user,
    );
  });
});

describe('a refused login', () => {
  test('says what was offered, what the server accepts, and how to install the key', async () => {
    const target = client.target(server.address, { identityFile: stranger });
    await expect(connectSsh(target, client.options())).rejects.toMatchObject({
      reason: 'auth',
      host: 'web-1',
      message: expect.stringMatching(
        new RegExp(`login as ${server.user}.*${stranger}.*accepts: publickey`),
      ) as string,
      hint: expect.stringContaining(`ssh-copy-id -i ${stranger} -p ${server.port}`) as string,
    });
  });

  test('without any key says what the server accepts', async () => {
    await expect(connectSsh(client.target(server.address), client.options())).rejects.toMatchObject(
      {
        reason: 'auth',
        message: expect.stringMatching(/no key to offer.*accepts: publickey/) as string,
      },
    );
  });
});

test('a lost connection ends everything on it, and says so from then on', async () => {
  const proxy = await startProxy(server.port);
  await client.configure(`IdentityFile ${plain}\nHostKeyAlias ${server.knownAs}`);
  const transport = await connectSsh(client.target(`127.0.0.1:${proxy.port}`), client.options());
  const running = await transport.start({ argv: ['sh', '-c', 'echo up; exec sleep 600'] });
  await readUntil(running.stdout, 'up');
  ignoreOutput(running);
  const socket = await transport.dial({ address: '127.0.0.1', port: server.port });
  const broken = once(socket, 'error');
  proxy.cut();
  expect(await running.exit).toMatchObject({ kind: 'lost', cause: { reason: 'lost' } });
  expect((await broken)[0]).toMatchObject({ reason: 'lost', host: 'web-1' });
  await expect(transport.start({ argv: ['true'] })).rejects.toMatchObject({ reason: 'lost' });
  await expect(transport.dial({ path: '/run/x' })).rejects.toMatchObject({ reason: 'lost' });
  await transport.close();
  await proxy.close();
});

test('where forwarding is disabled, a port is reached another way', async () => {
  const authorizedKeys = [await publicKey(plain)];
  const strict = await scene.sshd({ authorizedKeys, config: ['DisableForwarding yes'] });
  await client.know(await strict.knownHostsLine());
  const target = client.target(strict.address, { identityFile: plain });
  const transport = await connectSsh(target, client.options());
  const socket = await transport.dial({ address: '127.0.0.1', port: strict.port });
  expect(await readUntil(socket, 'SSH-2.0')).toContain('SSH-2.0');
  socket.destroy();
  await transport.close();
});

test('a server that wants more than a key is told apart from one that refuses it', async () => {
  const authorizedKeys = [await publicKey(plain)];
  const config = ['AuthenticationMethods publickey,password', 'PasswordAuthentication yes'];
  const strict = await scene.sshd({ authorizedKeys, config });
  await client.know(await strict.knownHostsLine());
  const target = client.target(strict.address, { identityFile: plain });
  await expect(connectSsh(target, client.options())).rejects.toMatchObject({
    reason: 'auth',
    message: expect.stringMatching(/wants more than a key.*accepts: password/) as string,
  });
});
