// Every kind of key and every format of its file; what RSA may sign with.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { makeAskpass, sshOutcome } from './ssh-outcome.ts';
import { loginError } from './ssh-login.ts';
import { sshScene } from './ssh-scene.ts';
import { nobody, Person, type ClientDirectory } from './sshd-client.ts';
import { publicKey, tool, type Sshd } from './sshd-server.ts';

const passphrase = 'open sesame';
const locked = ['-N', passphrase];
const open = ['-N', ''];

/** ssh-keygen's arguments by name. */
const kinds: Record<string, string[]> = {
  ed25519: ['-t', 'ed25519', ...open],
  'ECDSA 256': ['-t', 'ecdsa', '-b', '256', ...open],
  'ECDSA 384': ['-t', 'ecdsa', '-b', '384', ...open],
  'ECDSA 521': ['-t', 'ecdsa', '-b', '521', ...open],
  'RSA 2048': ['-t', 'rsa', '-b', '2048', ...open],
  'ECDSA 256, PKCS#8': ['-t', 'ecdsa', '-m', 'PKCS8', ...open],
  'RSA 2048, PKCS#8': ['-t', 'rsa', '-b', '2048', '-m', 'PKCS8', ...open],
  'RSA 2048, PKCS#1': ['-t', 'rsa', '-b', '2048', '-m', 'PEM', ...open],
  'ECDSA 521, SEC 1': ['-t', 'ecdsa', '-b', '521', '-m', 'PEM', ...open],
  'ed25519, encrypted': ['-t', 'ed25519', ...locked],
  'ed25519, encrypted with AES-GCM': ['-t', 'ed25519', '-Z', 'aes256-gcm@openssh.com', ...locked],
  'ed25519, encrypted with AES-CBC': ['-t', 'ed25519', '-Z', 'aes128-cbc', ...locked],
  'RSA 2048, PKCS#8, encrypted': ['-t', 'rsa', '-b', '2048', '-m', 'PKCS8', ...locked],
  'ECDSA 256, PKCS#8, encrypted': ['-t', 'ecdsa', '-m', 'PKCS8', ...locked],
  'RSA 2048, PKCS#1, encrypted': ['-t', 'rsa', '-b', '2048', '-m', 'PEM', ...locked],
  'ECDSA 384, SEC 1, encrypted': ['-t', 'ecdsa', '-b', '384', '-m', 'PEM', ...locked],
};

const scene = sshScene();
let server: Sshd;
let shaOne: Sshd;
let client: ClientDirectory;
let askpass: string;
const pathOf = (kind: string): string => join(scene.work, kind.replaceAll(/\W+/g, '-'));

beforeAll(async () => {
  const make = ([kind, argv]: [string, string[]]) =>
    tool('ssh-keygen', '-q', ...argv, '-f', pathOf(kind));
  await Promise.all(Object.entries(kinds).map(make));
  const chacha = ['-Z', 'chacha20-poly1305@openssh.com', ...locked];
  await make(['chacha', ['-t', 'ed25519', ...chacha]]);
  const authorizedKeys = await Promise.all(
    [...Object.keys(kinds), 'chacha'].map((kind) => publicKey(pathOf(kind))),
  );
  server = await scene.sshd({ authorizedKeys });
  shaOne = await scene.sshd({ authorizedKeys, config: ['PubkeyAcceptedAlgorithms ssh-rsa'] });
  askpass = await makeAskpass(scene.work, `echo '${passphrase}'`);
});
beforeEach(async () => {
  client = await scene.client({ knows: [server, shaOne] });
});

const target = (kind: string, sshd: Sshd = server) =>
  client.target(sshd.address, { identityFile: pathOf(kind) });

test.each(Object.entries(kinds))('%s', async (kind, argv) => {
  const person = new Person(...(argv.includes(passphrase) ? [passphrase] : []));
  expect(await loginError(target(kind), client.options(person))).toBeUndefined();
  expect(await sshOutcome(target(kind), { askpass })).toMatchObject({ loggedIn: true });
});

test('an encrypted key of an old format without its public half is asked for before it is offered', async () => {
  await rm(`${pathOf('RSA 2048, PKCS#8, encrypted')}.pub`);
  const person = new Person(passphrase);
  expect(
    await loginError(target('RSA 2048, PKCS#8, encrypted'), client.options(person)),
  ).toBeUndefined();
});

test('a file that only ssh can decrypt is left to it', async () => {
  const withoutSsh = client.options(nobody, { env: { PATH: '/nowhere' } });
  expect(await loginError(target('chacha'), withoutSsh)).toMatchObject({
    message: expect.stringContaining(
      `${pathOf('chacha')} is encrypted in a way that only ssh reads`,
    ) as string,
  });
  expect(await sshOutcome(target('chacha'), { askpass })).toMatchObject({ loggedIn: true });
});

describe('an RSA key', () => {
  test('is refused by a server that takes SHA-1 only, as by ssh', async () => {
    expect(await loginError(target('RSA 2048', shaOne), client.options())).toMatchObject({
      reason: 'auth',
    });
    expect(await sshOutcome(target('RSA 2048', shaOne))).toMatchObject({ loggedIn: false });
    expect(await shaOne.logins()).toBe(0);
  });

  test('is not offered where RequiredRSASize wants a larger one', async () => {
    await client.configure('RequiredRSASize 3072');
    expect(await loginError(target('RSA 2048'), client.options())).toMatchObject({
      message: expect.stringContaining('an RSA key of 2048 bits (least: 3072)') as string,
    });
    expect(await sshOutcome(target('RSA 2048'))).toMatchObject({ loggedIn: false });
  });

  test.each(['rsa-sha2-256', 'rsa-sha2-512'])(
    'signs with %s when it is told to',
    async (algorithm) => {
      await client.configure(`PubkeyAcceptedAlgorithms ${algorithm}`);
      const config = [`PubkeyAcceptedAlgorithms ${algorithm}`];
      const strict = await scene.sshd({
        authorizedKeys: [await publicKey(pathOf('RSA 2048'))],
        config,
      });
      await client.know(await strict.knownHostsLine());
      expect(await loginError(target('RSA 2048', strict), client.options())).toBeUndefined();
    },
  );
});
