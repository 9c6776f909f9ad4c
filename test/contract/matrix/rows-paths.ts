// The way to a server: jump hosts and proxy commands.
import { freePort, makeKey, publicKey, type Sshd } from '../sshd-server.ts';
import { row, type Row, type Section } from './rows.ts';
import { named, only, strangersKey, type World } from './world.ts';

/** A server of its own key. */
async function hop(world: World, ...config: string[]): Promise<Sshd & { key: string }> {
  const key = await makeKey(world.path());
  const server = await world.sshd({ authorizedKeys: [await publicKey(key)], config });
  return { ...server, key };
}

/** The main server behind one jump host. */
const behind = (what: string, ...config: string[]): Row =>
  row(what, async (world) => {
    const first = await hop(world, ...config);
    return {
      config: [
        named('first', first, only(first.key)),
        named('host', world.main, only(world.key), 'ProxyJump first'),
      ].join('\n'),
      known: [await first.knownHostsLine(), await world.main.knownHostsLine()],
    };
  });

const jumps: Row[] = [
  behind('`ProxyJump`: one host with a key of its own'),
  row('`ProxyJump`: a chain of three, named in one list', async (world) => {
    const hops = [await hop(world), await hop(world), await hop(world)];
    return {
      config: [
        ...hops.map((server, index) => named(`hop${index}`, server, only(server.key))),
        named('host', world.main, only(world.key), 'ProxyJump hop0,hop1,hop2'),
      ].join('\n'),
      known: await Promise.all([...hops, world.main].map((server) => server.knownHostsLine())),
    };
  }),
  row('`ProxyJump`: each names the one before', async (world) => {
    const hops = [await hop(world), await hop(world)];
    const [first, second] = hops as [Sshd & { key: string }, Sshd & { key: string }];
    return {
      config: [
        named('first', first, only(first.key), `User ${world.user}`),
        named('second', second, only(second.key), 'ProxyJump first'),
        named('host', world.main, only(world.key), 'ProxyJump second'),
      ].join('\n'),
      known: await Promise.all([...hops, world.main].map((server) => server.knownHostsLine())),
    };
  }),
  row('`ProxyJump user@[::1]:port`', async (world) => {
    const { user, main, key } = world;
    return {
      config: `Host *\n  ${only(key)}\n${named('host', main, `ProxyJump ${user}@[::1]:${main.port}`)}`,
      known: [await main.knownHostsLine(), `[::1]:${main.port} ${await main.hostKey()}`],
    };
  }),
  row('`ProxyJump` over dropbear', (world) => {
    const target = world.machines.trixie;
    const place = `HostName 127.0.0.1\n  User bash-user\n  ${only(world.key)}`;
    return {
      config: [
        `Host first\n  Port ${target.dropbear}\n  ${place}`,
        `Host host\n  ProxyJump first\n  Port 22\n  HostKeyAlias target\n  ${place}`,
      ].join('\n'),
      known: [...target.known, ...target.known.map((line) => line.replace(/^\S+/, 'target'))],
    };
  }),
  row('`ProxyJump none` before `ProxyJump`', async (world) => ({
    config: `ProxyJump none\nProxyJump nowhere.invalid\n${named('*', world.main, only(world.key))}`,
    known: [await world.main.knownHostsLine()],
  })),
  behind('a jump host with `MaxSessions 0`', 'MaxSessions 0'),
  behind('a jump host with `ForceCommand false`', 'ForceCommand false'),
  behind('a jump host with `AllowTcpForwarding no`', 'AllowTcpForwarding no'),
  behind('a jump host with `PermitOpen` for another place', 'PermitOpen 127.0.0.1:9'),
  row('a jump host that is unknown', async (world) => {
    const first = await hop(world);
    return {
      config: [
        named('first', first, only(first.key)),
        named('host', world.main, only(world.key), 'ProxyJump first'),
      ].join('\n'),
      known: [await world.main.knownHostsLine()],
    };
  }),
  row('a jump host whose key changed', async (world) => {
    const first = await hop(world);
    return {
      config: [
        named('first', first, only(first.key)),
        named('host', world.main, only(world.key), 'ProxyJump first'),
      ].join('\n'),
      known: [
        await world.main.knownHostsLine(),
        `[127.0.0.1]:${first.port} ${await strangersKey(world)}`,
      ],
    };
  }),
  row('a jump host that refuses the key', async (world) => {
    const first = await hop(world);
    return {
      config: [
        named('first', first, only(world.key)),
        named('host', world.main, only(world.key), 'ProxyJump first'),
      ].join('\n'),
      known: [await first.knownHostsLine(), await world.main.knownHostsLine()],
    };
  }),
  row('a target that nobody listens on, behind a jump host', async (world) => {
    const first = await hop(world);
    const nobody = { ...world.main, port: await freePort() };
    return {
      config: [
        named('first', first, only(first.key)),
        named('host', nobody, only(world.key), 'ProxyJump first'),
      ].join('\n'),
      known: [await first.knownHostsLine(), await world.main.knownHostsLine()],
    };
  }),
];

const proxied = (what: string, command: (world: World) => string | Promise<string>): Row =>
  row(what, async (world) => ({
    config: `ProxyCommand ${await command(world)}\n${named('*', world.main, only(world.key))}`,
    known: [await world.main.knownHostsLine()],
  }));

const commands: Row[] = [
  proxied('`ProxyCommand socat - TCP:%h:%p`', () => 'socat - TCP:%h:%p'),
  proxied('`ProxyCommand ssh -W %h:%p …`', async (world) => {
    const first = await hop(world);
    const known = await world.file(`${await first.knownHostsLine()}\n`);
    const config = [named('first', first, only(first.key)), `UserKnownHostsFile ${known}`];
    return `ssh -F ${await world.file(`${config.join('\n')}\n`)} -W %h:%p first`;
  }),
  proxied(
    '`ProxyCommand` with quotes, %r, %n and %%',
    ({ user }) =>
      `sh -c 'test "%r %n" = "${user} host" -a "%%" != "%%%%" && exec socat - "TCP:%h:%p"'`,
  ),
  proxied('`ProxyCommand none`', () => 'none'),
  proxied('`ProxyCommand` that fails', () => 'false'),
  proxied('`ProxyCommand` that is not there', () => '/nowhere/proxy %h'),
];

/** Everything between here and there. */
export const paths: Section[] = [
  { title: 'Paths: jump hosts', rows: jumps },
  { title: 'Paths: proxy commands', rows: commands },
];
