// Keys, certificates, tokens, agents, tickets, passwords and codes: how a login is proved.
import { rm } from 'node:fs/promises';
import { startRealm } from '../kerberos-realm.ts';
import { makePamService, oneTimeCode, oneTimeCodes, onePassword } from '../pam-service.ts';
import { softwareToken } from '../ssh-agent-process.ts';
import { makeKey, makeWorkDirectory, publicKey, tool, type Sshd } from '../sshd-server.ts';
import { row, type Row, type Section } from './rows.ts';
import type { Setup } from './row.ts';
import { named, only, type World } from './world.ts';

const passphrase = 'open sesame';

interface KeyRow {
  /** Arguments of ssh-keygen. */
  readonly make: readonly string[];
  readonly passphrase?: string;
  readonly sshd?: readonly string[];
  readonly config?: readonly string[];
  readonly typed?: Setup['typed'];
  /** The key is in an agent, and its file is gone. */
  readonly agent?: boolean;
}

/** Makes a key, a server that accepts it, and a configuration that offers it. */
const withKey = (what: string, key: KeyRow): Row =>
  row(what, async (world) => {
    const path = world.path();
    await tool('ssh-keygen', '-q', ...key.make, '-N', key.passphrase ?? '', '-f', path);
    const server = await world.sshd({
      authorizedKeys: [await publicKey(path)],
      config: key.sshd ?? [],
    });
    return finish(world, server, path, key);
  });

async function finish(world: World, server: Sshd, path: string, key: KeyRow): Promise<Setup> {
  const { config = [], typed, agent = false } = key;
  const socket = agent ? (await world.agent(path)).socket : undefined;
  if (agent) await rm(path);
  const offer = agent ? 'IdentityFile none' : only(path);
  return {
    config: [...config, named('*', server, offer)].join('\n'),
    known: [await server.knownHostsLine()],
    ...(typed !== undefined && { typed }),
    ...(socket !== undefined && { env: { SSH_AUTH_SOCK: socket } }),
  };
}

const rsa = ['-t', 'rsa', '-b', '2048'];
const typedPassphrase = { askpass: `echo '${passphrase}'`, answers: [passphrase] };
const files: Row[] = [
  withKey('ed25519', { make: ['-t', 'ed25519'] }),
  ...['256', '384', '521'].map((bits) =>
    withKey(`ECDSA ${bits}`, { make: ['-t', 'ecdsa', '-b', bits] }),
  ),
  withKey('RSA 2048', { make: rsa }),
  withKey('RSA 4096', { make: ['-t', 'rsa', '-b', '4096'] }),
  withKey('RSA, server with SHA-2 only', {
    make: rsa,
    sshd: ['PubkeyAcceptedAlgorithms rsa-sha2-256,rsa-sha2-512'],
  }),
  withKey('RSA, server with SHA-1 only', { make: rsa, sshd: ['PubkeyAcceptedAlgorithms ssh-rsa'] }),
  withKey('RSA smaller than `RequiredRSASize`', { make: rsa, config: ['RequiredRSASize 3072'] }),
  withKey('RSA, PKCS#8', { make: [...rsa, '-m', 'PKCS8'] }),
  withKey('RSA, PEM', { make: [...rsa, '-m', 'PEM'] }),
  withKey('ECDSA, PEM', { make: ['-t', 'ecdsa', '-m', 'PEM'] }),
  withKey('encrypted, no terminal', { make: ['-t', 'ed25519'], passphrase }),
  withKey('encrypted, passphrase typed', {
    make: ['-t', 'ed25519'],
    passphrase,
    typed: typedPassphrase,
  }),
  withKey('encrypted, PKCS#8, passphrase typed', {
    make: [...rsa, '-m', 'PKCS8'],
    passphrase,
    typed: typedPassphrase,
  }),
  withKey('encrypted with chacha20-poly1305, passphrase typed', {
    make: ['-t', 'ed25519', '-Z', 'chacha20-poly1305@openssh.com'],
    passphrase,
    typed: typedPassphrase,
  }),
  withKey('ed25519, post-quantum key exchange only', {
    make: ['-t', 'ed25519'],
    sshd: ['KexAlgorithms sntrup761x25519-sha512@openssh.com'],
  }),
  row('a key that the server does not know', async (world) => ({
    config: named('*', world.main, only(await makeKey(world.path()))),
    known: [await world.main.knownHostsLine()],
  })),
  row('a key file that is not there', async (world) => ({
    config: named('*', world.main, only('/nowhere/key')),
    known: [await world.main.knownHostsLine()],
  })),
  row('a key file that others can read', async (world) => {
    const file = await world.file(await tool('cat', world.key), 0o644);
    return {
      config: named('*', world.main, only(file)),
      known: [await world.main.knownHostsLine()],
    };
  }),
];

const agents: Row[] = [
  withKey('ed25519', { make: ['-t', 'ed25519'], agent: true }),
  withKey('RSA, server with SHA-2 only', {
    make: rsa,
    agent: true,
    sshd: ['PubkeyAcceptedAlgorithms rsa-sha2-256,rsa-sha2-512'],
  }),
  withKey('FIDO (ed25519-sk)', { make: ['-t', 'ed25519-sk', '-w', softwareToken], agent: true }),
  withKey('FIDO (ecdsa-sk)', { make: ['-t', 'ecdsa-sk', '-w', softwareToken], agent: true }),
  withKey('FIDO (ed25519-sk), in a file only', {
    make: ['-t', 'ed25519-sk', '-w', softwareToken],
    config: [`SecurityKeyProvider ${softwareToken}`],
  }),
  row('an encrypted file whose key is in the agent', async (world) => {
    const path = await makeKey(world.path(), { passphrase });
    const agent = await world.agent();
    await tool(
      'env',
      `SSH_AUTH_SOCK=${agent.socket}`,
      `SSH_ASKPASS=${await world.file(`#!/bin/sh\necho '${passphrase}'\n`, 0o755)}`,
      'SSH_ASKPASS_REQUIRE=force',
      'ssh-add',
      '-q',
      path,
    );
    const server = await world.sshd({ authorizedKeys: [await publicKey(path)] });
    return {
      config: named('*', server, only(path)),
      known: [await server.knownHostsLine()],
      env: { SSH_AUTH_SOCK: agent.socket },
    };
  }),
  row('`IdentityAgent`', async (world) => {
    const agent = await world.agent(world.key);
    return {
      config: named('*', world.main, 'IdentityFile none', `IdentityAgent ${agent.socket}`),
      known: [await world.main.knownHostsLine()],
    };
  }),
  row('`IdentityAgent none`', async (world) => {
    const agent = await world.agent(world.key);
    return {
      config: named('*', world.main, 'IdentityFile none', 'IdentityAgent none'),
      known: [await world.main.knownHostsLine()],
      env: { SSH_AUTH_SOCK: agent.socket },
    };
  }),
  row('more wrong keys than the server lets try', async (world) => {
    const keys = await Promise.all(Array.from({ length: 8 }, () => makeKey(world.path())));
    const agent = await world.agent(...keys, world.key);
    return {
      config: named('*', world.main, 'IdentityFile none'),
      known: [await world.main.knownHostsLine()],
      env: { SSH_AUTH_SOCK: agent.socket },
    };
  }),
  row('an agent that is gone, and a key file', async (world) => ({
    config: named('*', world.main, only(world.key)),
    known: [await world.main.knownHostsLine()],
    env: { SSH_AUTH_SOCK: '/nowhere/agent' },
  })),
  row('an agent that is gone, and nothing else', async (world) => ({
    config: named('*', world.main, 'IdentityFile none'),
    known: [await world.main.knownHostsLine()],
    env: { SSH_AUTH_SOCK: '/nowhere/agent' },
  })),
];

interface Signing {
  readonly type?: string;
  readonly principal?: string;
  readonly validity?: string;
  readonly agent?: boolean;
}

const certificate = (what: string, signing: Signing): Row =>
  row(what, async (world) => {
    const { type = 'ed25519', principal = world.user, validity = '+1d', agent = false } = signing;
    const authority = await makeKey(world.path());
    const path = await makeKey(world.path(), { type });
    const what = ['-I', 'matrix', '-n', principal, '-V', validity];
    await tool('ssh-keygen', '-q', '-s', authority, ...what, `${path}.pub`);
    const server = await world.sshd({
      authorizedKeys: [],
      config: [`TrustedUserCAKeys ${authority}.pub`],
    });
    return finish(world, server, path, { make: [], agent });
  });

const certificates: Row[] = [
  ...['ed25519', 'ecdsa', 'rsa'].map((type) => certificate(`${type}, beside its key`, { type })),
  certificate('in the agent', { agent: true }),
  certificate('expired', { validity: '20200101000000Z:20200201000000Z' }),
  certificate('for somebody else', { principal: 'somebody-else' }),
];

const password = 'correct horse';

/** A server that asks PAM, which asks for what the module says. */
async function asking(
  world: World,
  module: (directory: string) => Promise<string>,
  ...config: string[]
): Promise<Sshd & { end: () => Promise<void> }> {
  const directory = await makeWorkDirectory();
  const service = await makePamService(directory, await module(directory));
  const server = await world.sshd({ config: ['UsePAM yes', ...config], pamService: service.name });
  const end = async (): Promise<void> => {
    await service.remove();
    await rm(directory, { recursive: true });
  };
  return { ...server, end };
}

const kbdint = 'KbdInteractiveAuthentication yes';
const questions: Row[] = [
  row('a one-time code, typed', async (world) => {
    const server = await asking(world, oneTimeCodes, kbdint);
    return {
      config: named('*', server, 'IdentityFile none'),
      known: [await server.knownHostsLine()],
      typed: { askpass: `echo ${oneTimeCode()}`, answers: [oneTimeCode()] },
      end: server.end,
    };
  }),
  row('a one-time code, no terminal', async (world) => {
    const server = await asking(world, oneTimeCodes, kbdint);
    return {
      config: named('*', server, 'IdentityFile none'),
      known: [await server.knownHostsLine()],
      end: server.end,
    };
  }),
  row('a key, and then a one-time code', async (world) => {
    const methods = 'AuthenticationMethods publickey,keyboard-interactive';
    const server = await asking(world, oneTimeCodes, kbdint, methods);
    return {
      config: named('*', server, only(world.key)),
      known: [await server.knownHostsLine()],
      typed: { askpass: `echo ${oneTimeCode()}`, answers: [oneTimeCode()] },
      end: server.end,
    };
  }),
  row('a password, typed, with `password_login: true`', async (world) => {
    const module = (directory: string) => onePassword(directory, password);
    const server = await asking(world, module, 'PasswordAuthentication yes');
    return {
      config: named('*', server, 'IdentityFile none'),
      known: [await server.knownHostsLine()],
      typed: { askpass: `echo '${password}'`, answers: [password] },
      inventory: { passwordLogin: true },
      end: server.end,
    };
  }),
  ...['a Kerberos ticket (GSSAPI)', 'no Kerberos ticket'].map((what) =>
    row(what, async (world) => {
      const realm = await startRealm();
      if (what.startsWith('a ')) await realm.logIn();
      const server = await world.sshd({
        env: realm.serverEnv,
        config: [
          'GSSAPIAuthentication yes',
          'GSSAPIStrictAcceptorCheck no',
          'PubkeyAuthentication no',
        ],
      });
      return {
        config: `GSSAPIAuthentication yes\nAddressFamily inet\nPort ${server.port}\nIdentityFile none`,
        address: 'localhost',
        known: [`[localhost]:${server.port} ${await server.hostKey()}`],
        env: realm.clientEnv,
        end: () => realm.stop(),
      };
    }),
  ),
];

/** Everything that proves who logs in. */
export const keys: Section[] = [
  { title: 'Keys in files', rows: files },
  { title: 'Keys in agents and tokens', rows: agents },
  { title: 'User certificates', rows: certificates },
  { title: 'Codes, passwords, tickets', rows: questions },
];
