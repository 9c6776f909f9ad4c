// The configuration: each keyword that decides where, how and as whom a connection is made.
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { symlink } from 'node:fs/promises';
import { runMaster } from '../openssh-master-process.ts';
import { freePort, makeKey } from '../sshd-server.ts';
import { row, unlike, type Prepare, type Row, type Section } from './rows.ts';
import { named, only, strangersKey, type World } from './world.ts';

/** The main server under the name `host`, with some lines before. */
const main =
  (...lines: string[]): Prepare =>
  async (world) => ({
    config: `${lines.join('\n')}\n${named('*', world.main, only(world.key))}`,
    known: [await world.main.knownHostsLine()],
  });

/** A keyword and its value. */
const keyword = (line: string): Row => row(`\`${line}\``, main(line));

const elsewhere = async (world: World): Promise<string> =>
  world.file(`${await world.main.knownHostsLine()}\n`);

const names: Row[] = [
  row('alias, `HostName`, `Port`, `User`', async (world) => ({
    config: named('host', world.main, `User ${world.user}`, only(world.key)),
    known: [await world.main.knownHostsLine()],
  })),
  row('`Host` with a pattern and a negation', async (world) => ({
    config: `Host !host *\n  Port 1\n${named('h?st', world.main, only(world.key))}`,
    known: [await world.main.knownHostsLine()],
  })),
  row('`HostName %h`: tokens', async (world) => ({
    config: `Host 127.0.0\n  HostName %h.1\n${named('*', world.main, only(world.key))}`,
    address: '127.0.0',
    known: [await world.main.knownHostsLine()],
  })),
  row('`Include` of a file', async (world) => {
    const file = await world.file(named('host', world.main, only(world.key)));
    return { config: `Include ${file}`, known: [await world.main.knownHostsLine()] };
  }),
  row('`Include` with a wildcard, within a `Host`', async (world) => {
    const file = await world.file(only(world.key));
    const config = `Host host\n  Include ${file.slice(0, -1)}[${file.slice(-1)}]`;
    return {
      config: `${config}\n${named('host', world.main)}`,
      known: [await world.main.knownHostsLine()],
    };
  }),
  row('`Include` of a file that includes itself', async (world) => {
    const file = world.path();
    await symlink(await world.file(`Include ${file}`), file);
    return { config: `Include ${file}`, known: [] };
  }),
  row('`Match exec` that is true', async (world) => ({
    config: `Match exec "test %n = host"\n${only(world.key)}\n${named('*', world.main)}`,
    known: [await world.main.knownHostsLine()],
  })),
  row('`Match exec` that is false', async (world) => ({
    config: `Match exec "false"\n  Port 1\n${named('*', world.main, only(world.key))}`,
    known: [await world.main.knownHostsLine()],
  })),
  row('`Match user`', async (world) => ({
    config: `Match user ${world.user}\n${only(world.key)}\n${named('*', world.main)}`,
    known: [await world.main.knownHostsLine()],
  })),
  row('`Match originalhost … localuser …`', async (world) => ({
    config: `Match originalhost host localuser ${world.user}\n${only(world.key)}\n${named('*', world.main)}`,
    known: [await world.main.knownHostsLine()],
  })),
  row('`Match final host`', async (world) => ({
    config: `${named('host', world.main)}\nMatch final host 127.0.0.1\n${only(world.key)}`,
    known: [await world.main.knownHostsLine()],
  })),
  row('`CanonicalizeHostname always` and `Match canonical`', async (world) => ({
    config: `CanonicalizeHostname always\n${named('host', world.main)}\nMatch canonical\n${only(world.key)}`,
    known: [await world.main.knownHostsLine()],
  })),
  row(
    '`CanonicalizeFallbackLocal no`, a name in no domain',
    main(
      'CanonicalizeHostname always',
      'CanonicalDomains invalid',
      'CanonicalizeFallbackLocal no',
      'HostName nowhere',
    ),
  ),
  row('`IdentityFile` with %n and a variable', async (world) => {
    const directory = world.path();
    await symlink(world.work, directory);
    await symlink(world.key, join(world.work, 'host-key'));
    return {
      config: named('host', world.main, 'IdentityFile "${WHERE}/%n-key"', 'IdentitiesOnly yes'),
      env: { WHERE: directory },
      known: [await world.main.knownHostsLine()],
    };
  }),
  row('`HostKeyAlias`', async (world) => ({
    config: named('host', world.main, only(world.key), 'HostKeyAlias web.example'),
    known: [`web.example ${await world.main.hostKey()}`],
  })),
  row('an unknown keyword', main('NoSuchKeyword yes')),
  row(
    'an unknown keyword that `IgnoreUnknown` allows',
    main('IgnoreUnknown NoSuch*', 'NoSuchKeyword yes'),
  ),
  row('a value that makes no sense', main('Port none')),
  row('an unknown user', main('User no-such-user')),
];

const addresses: Row[] = [
  row('`AddressFamily inet`, a name with both', async (world) => ({
    config: `AddressFamily inet\n${only(world.key)}\nPort ${world.main.port}`,
    address: 'localhost',
    known: [`[localhost]:${world.main.port} ${await world.main.hostKey()}`],
  })),
  row('`AddressFamily inet6`, an IPv6 address', async (world) => ({
    config: `AddressFamily inet6\n${named('*', world.main, only(world.key)).replace('127.0.0.1', '::1')}`,
    known: [`[::1]:${world.main.port} ${await world.main.hostKey()}`],
  })),
  row('an IPv6 address', async (world) => ({
    config: `${only(world.key)}\nPort ${world.main.port}`,
    address: '::1',
    known: [`[::1]:${world.main.port} ${await world.main.hostKey()}`],
  })),
  keyword('BindAddress 127.0.0.2'),
  keyword('BindInterface lo'),
  row('`BindAddress` that is not ours', main('BindAddress 192.0.2.1')),
  row('a name that does not resolve', main('HostName nowhere.invalid')),
  row('a port that nobody listens on', async (world) => ({
    config: `Port ${await freePort()}\n${named('*', world.main, only(world.key))}`,
  })),
  row('`ConnectTimeout 1`, a server that never answers', async (world) => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    return {
      config: `ConnectTimeout 1\nPort ${port}\n${named('*', world.main, only(world.key))}`,
      end: () => Promise.resolve(silent.close()),
    };
  }),
];

const trust: Row[] = [
  row('`UserKnownHostsFile`: several, known in the second', async (world) => ({
    config: `UserKnownHostsFile ${world.path()} ${await elsewhere(world)}\n${named('*', world.main, only(world.key))}`,
  })),
  row('`UserKnownHostsFile` with %k', async (world) => {
    const file = await world.file(`alias.example ${await world.main.hostKey()}\n`);
    await symlink(file, join(world.work, 'known-of-alias.example'));
    const config = named('*', world.main, only(world.key));
    const lines = `UserKnownHostsFile ${world.work}/known-of-%k\nHostKeyAlias alias.example`;
    return { config: `${lines}\n${config}` };
  }),
  row('`GlobalKnownHostsFile`', async (world) => ({
    config: `GlobalKnownHostsFile ${await elsewhere(world)}\n${named('*', world.main, only(world.key))}`,
  })),
  ...['accept-new', 'no'].map((value) =>
    row(
      `\`UserKnownHostsFile none\`, \`StrictHostKeyChecking ${value}\`, unknown key`,
      (world) => ({
        config: `UserKnownHostsFile none\nStrictHostKeyChecking ${value}\n${named('*', world.main, only(world.key))}`,
      }),
    ),
  ),
  ...['yes', 'ask', 'accept-new', 'no'].map((value) =>
    row(`\`StrictHostKeyChecking ${value}\`, unknown key, no terminal`, (world) => ({
      config: `StrictHostKeyChecking ${value}\n${named('*', world.main, only(world.key))}`,
    })),
  ),
  row('`StrictHostKeyChecking ask`, unknown key, “yes” typed', (world) => ({
    config: `StrictHostKeyChecking ask\n${named('*', world.main, only(world.key))}`,
    typed: { askpass: 'echo yes', answers: [true] },
  })),
  ...['yes', 'accept-new'].map((value) =>
    row(`\`StrictHostKeyChecking ${value}\`, changed key`, async (world) => ({
      config: `StrictHostKeyChecking ${value}\n${named('*', world.main, only(world.key))}`,
      known: [`[127.0.0.1]:${world.main.port} ${await strangersKey(world)}`],
    })),
  ),
  unlike(
    '`StrictHostKeyChecking no`, changed key',
    'A changed key is always refused.',
    async (world) => ({
      config: `StrictHostKeyChecking no\n${named('*', world.main, only(world.key))}`,
      known: [`[127.0.0.1]:${world.main.port} ${await strangersKey(world)}`],
    }),
  ),
  row('`HashKnownHosts yes`, a key that is accepted', (world) => ({
    config: `HashKnownHosts yes\nStrictHostKeyChecking accept-new\n${named('*', world.main, only(world.key))}`,
  })),
  row('`RevokedHostKeys` with the key', async (world) => ({
    config: `RevokedHostKeys ${await world.file(`${await world.main.hostKey()}\n`)}\n${named('*', world.main, only(world.key))}`,
    known: [await world.main.knownHostsLine()],
  })),
  row('`RevokedHostKeys` with another key', async (world) => ({
    config: `RevokedHostKeys ${await world.file(`${await strangersKey(world)}\n`)}\n${named('*', world.main, only(world.key))}`,
    known: [await world.main.knownHostsLine()],
  })),
  unlike(
    '`NoHostAuthenticationForLocalhost yes`, unknown key',
    'Every host key is verified.',
    (world) => ({
      config: `NoHostAuthenticationForLocalhost yes\n${named('*', world.main, only(world.key))}`,
    }),
  ),
  row('`KnownHostsCommand`', async (world) => {
    const lines = await elsewhere(world);
    return {
      config: `KnownHostsCommand /bin/cat ${lines}\n${named('*', world.main, only(world.key))}`,
    };
  }),
  keyword('CheckHostIP yes'),
  keyword('UpdateHostKeys yes'),
  keyword('VisualHostKey yes'),
];

const algorithms: Row[] = [
  ...['rsa-sha2-512', 'ecdsa-sha2-nistp256', '^ecdsa-sha2-nistp256', '-ssh-ed25519*'].map((list) =>
    row(`\`HostKeyAlgorithms ${list}\``, async (world) => ({
      config: `HostKeyAlgorithms ${list}\n${named('*', world.main, only(world.key))}`,
      known: [
        await world.main.knownHostsLine('rsa'),
        await world.main.knownHostsLine('ecdsa'),
        await world.main.knownHostsLine(),
      ],
    })),
  ),
  keyword('HostKeyAlgorithms ssh-rsa'),
  keyword('KexAlgorithms curve25519-sha256'),
  keyword('KexAlgorithms ecdh-sha2-nistp384'),
  keyword('KexAlgorithms diffie-hellman-group14-sha256'),
  keyword('KexAlgorithms diffie-hellman-group-exchange-sha256'),
  keyword('KexAlgorithms sntrup761x25519-sha512@openssh.com'),
  keyword('KexAlgorithms diffie-hellman-group1-sha1'),
  keyword('Ciphers aes256-ctr'),
  keyword('Ciphers chacha20-poly1305@openssh.com'),
  keyword('Ciphers aes128-cbc'),
  row('`MACs hmac-sha2-256`', main('Ciphers aes128-ctr', 'MACs hmac-sha2-256')),
  row(
    '`MACs umac-128-etm@openssh.com`',
    main('Ciphers aes128-ctr', 'MACs umac-128-etm@openssh.com'),
  ),
  keyword('Compression yes'),
  keyword('PubkeyAcceptedAlgorithms rsa-sha2-512'),
  keyword('PubkeyAuthentication no'),
  keyword('PreferredAuthentications password,publickey'),
  keyword('BatchMode yes'),
  keyword('LogLevel QUIET'),
];

const sessions: Row[] = [
  keyword('SetEnv OCC_TEST=1'),
  keyword('ForwardAgent yes'),
  row('`LocalForward` of a port that is taken, `ExitOnForwardFailure no`', async (world) => {
    const { port } = world.main;
    return await main(`LocalForward ${port} localhost:${port}`, 'ExitOnForwardFailure no')(world);
  }),
  unlike(
    '`LocalForward` of a port that is taken, `ExitOnForwardFailure yes`',
    'occ forwards nothing that a configuration asks for.',
    async (world) => {
      const { port } = world.main;
      return await main(
        `LocalForward ${port} localhost:${port}`,
        'ExitOnForwardFailure yes',
      )(world);
    },
  ),
  unlike(
    '`RemoteCommand uptime`',
    'occ runs its own commands, as `ssh -o RemoteCommand=none` would.',
    main('RemoteCommand uptime'),
  ),
  keyword('RequestTTY force'),
  keyword('ServerAliveInterval 5'),
  row('`ControlPath` of a live master', async (world) => {
    const controlPath = world.path();
    const config = `ControlPath ${controlPath}\n${named('*', world.main, only(world.key))}`;
    const known = await world.main.knownHostsLine();
    const file = await world.file(
      `${config}\nUserKnownHostsFile ${await world.file(`${known}\n`)}`,
    );
    const master = await runMaster(controlPath, ['-F', file, 'host']);
    return { config, known: [known], end: () => master.kill() };
  }),
  row('`ControlPath` of nobody', main('ControlPath /nowhere/master')),
  row('`ControlMaster auto`', async (world) => {
    const controlPath = world.path();
    const lines = `ControlMaster auto\nControlPath ${controlPath}\nControlPersist no`;
    return await main(lines)(world);
  }),
  row('`IdentitiesOnly yes` with many keys in the agent', async (world) => {
    const keys = await Promise.all(Array.from({ length: 8 }, () => makeKey(world.path())));
    const agent = await world.agent(...keys, world.key);
    return { ...(await main()(world)), env: { SSH_AUTH_SOCK: agent.socket } };
  }),
];

/** Everything that ssh_config(5) decides. */
export const configuration: Section[] = [
  { title: 'Configuration: names and blocks', rows: names },
  { title: 'Configuration: addresses', rows: addresses },
  { title: 'Configuration: trust', rows: trust },
  { title: 'Configuration: algorithms and methods', rows: algorithms },
  { title: 'Configuration: sessions', rows: sessions },
];
