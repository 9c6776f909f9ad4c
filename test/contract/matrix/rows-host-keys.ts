// Host keys: what known_hosts says of the key that a server shows.
import { makeKey, tool, type HostKeyType, type Sshd } from '../sshd-server.ts';
import { row, unlike, type Row, type Section } from './rows.ts';
import type { Setup } from './row.ts';
import { hashed, named, only, strangersKey, type World } from './world.ts';

/** Lines of known_hosts, made from the names and keys of the main server. */
type Lines = (
  name: string,
  keys: Readonly<Record<HostKeyType, string>>,
  world: World,
) => string[] | Promise<string[]>;

const types = ['ed25519', 'ecdsa', 'rsa'] as const;

async function keysOf(sshd: Sshd): Promise<Record<HostKeyType, string>> {
  const [ed25519, ecdsa, rsa] = await Promise.all(types.map((type) => sshd.hostKey(type)));
  return { ed25519: ed25519 ?? '', ecdsa: ecdsa ?? '', rsa: rsa ?? '' };
}

const plain = (what: string, lines: Lines, ...config: string[]): Row =>
  row(what, async (world) => {
    const name = `[127.0.0.1]:${world.main.port}`;
    const known = await lines(name, await keysOf(world.main), world);
    return { config: [...config, named('*', world.main, only(world.key))].join('\n'), known };
  });

const known: Row[] = [
  plain('known', (name, { ed25519 }) => [`${name} ${ed25519}`]),
  plain('known, hashed', async (name, { ed25519 }, world) => [
    await hashed(world, `${name} ${ed25519}`),
  ]),
  plain('known by a pattern', (name, { ed25519 }) => [`[127.0.*]:* ${ed25519}`]),
  plain('known by `*`', (_, { ed25519 }) => [`* ${ed25519}`]),
  plain('a pattern that a negation takes back', (name, { ed25519 }) => [`*,!${name} ${ed25519}`]),
  plain('known without its port', (_, { ed25519 }) => [`127.0.0.1 ${ed25519}`]),
  plain('known at another port', (_, { ed25519 }) => [`[127.0.0.1]:1 ${ed25519}`]),
  plain('known by its alias', (_, { ed25519 }) => [`web ${ed25519}`], 'HostKeyAlias web'),
  plain(
    'known by its address, not by its alias',
    (name, { ed25519 }) => [`${name} ${ed25519}`],
    'HostKeyAlias web',
  ),
  plain('only its RSA key is known', (name, { rsa }) => [`${name} ${rsa}`]),
  plain('only its ECDSA key is known', (name, { ecdsa }) => [`${name} ${ecdsa}`]),
  plain('all three are known', (name, keys) => types.map((type) => `${name} ${keys[type]}`)),
  plain('unknown', () => []),
  plain('changed', async (name, _, world) => [`${name} ${await strangersKey(world)}`]),
  plain('one line with a wrong key, one with the right', async (name, { ed25519 }, world) => [
    `${name} ${await strangersKey(world)}`,
    `${name} ${ed25519}`,
  ]),
  plain('the ECDSA key is known, the ed25519 key is another', async (name, { ecdsa }, world) => [
    `${name} ${ecdsa}`,
    `${name} ${await strangersKey(world)}`,
  ]),
  plain('changed without its port', async (_, __, world) => [
    `127.0.0.1 ${await strangersKey(world)}`,
  ]),
  plain('revoked', (name, { ed25519 }) => [`${name} ${ed25519}`, `@revoked * ${ed25519}`]),
  plain('revoked for another host', (name, { ed25519 }) => [
    `${name} ${ed25519}`,
    `@revoked other.example ${ed25519}`,
  ]),
  plain('a line with an unknown marker', (name, { ed25519 }) => [`@odd ${name} ${ed25519}`]),
  plain('a line that is cut off', (name, { ed25519 }) => [`${name} ${ed25519.slice(0, -20)}`]),
  plain('lines that end with CR LF', (name, { ed25519 }) => [`${name} ${ed25519}\r`]),
  plain('`@cert-authority` with the plain key', (name, { ed25519 }) => [
    `@cert-authority ${name} ${ed25519}`,
  ]),
];

/** A server with a host certificate, and its authority. */
async function certified(
  world: World,
  signing: readonly string[],
): Promise<{ server: Sshd; authority: string }> {
  const authority = await makeKey(world.path());
  const key = await makeKey(world.path());
  await tool('ssh-keygen', '-q', '-s', authority, '-I', 'host', '-h', ...signing, `${key}.pub`);
  const config = [`HostKey ${key}`, `HostCertificate ${key}-cert.pub`];
  const server = await world.sshd({ config, hostKeys: ['ecdsa'] });
  return { server, authority: (await tool('cat', `${authority}.pub`)).trim() };
}

const certificate = (
  what: string,
  signing: readonly string[],
  lines: (authority: string, name: string) => string[],
): Row =>
  row(what, async (world): Promise<Setup> => {
    const { server, authority } = await certified(world, signing);
    const name = `[127.0.0.1]:${server.port}`;
    return { config: named('*', server, only(world.key)), known: lines(authority, name) };
  });

const ca = (authority: string): string[] => [`@cert-authority * ${authority}`];
const always = ['-V', 'always:forever'];
const certificates: Row[] = [
  certificate('a certificate of a trusted authority', ['-n', '127.0.0.1', ...always], ca),
  certificate('a certificate for another name', ['-n', 'other.example', ...always], ca),
  certificate('a certificate that expired', ['-n', '127.0.0.1', '-V', '20200101:20200201'], ca),
  certificate('a certificate of an authority that is trusted for others', always, (authority) => [
    `@cert-authority other.example ${authority}`,
  ]),
  certificate('a certificate of a revoked authority', always, (authority) => [
    `@cert-authority * ${authority}`,
    `@revoked * ${authority}`,
  ]),
  certificate(
    'a certificate, and the authority without `@cert-authority`',
    always,
    (authority, name) => [`${name} ${authority}`],
  ),
];

const pins: Row[] = [
  row('pinned and known', async (world) => ({
    config: named('*', world.main, only(world.key)),
    known: [await world.main.knownHostsLine()],
    inventory: { pinnedHostKeys: [await world.main.hostKey()] },
  })),
  unlike('pinned, not in `known_hosts`', 'ssh knows nothing of pins.', async (world) => ({
    config: named('*', world.main, only(world.key)),
    inventory: { pinnedHostKeys: [await world.main.hostKey('rsa')] },
  })),
  unlike('another key pinned, known', 'Only the pinned key counts.', async (world) => ({
    config: named('*', world.main, only(world.key)),
    known: [await world.main.knownHostsLine()],
    inventory: { pinnedHostKeys: [await strangersKey(world)] },
  })),
];

/** Everything that is decided by the key of a host. */
export const hostKeys: Section[] = [
  { title: 'Host keys', rows: known },
  { title: 'Host certificates', rows: certificates },
  { title: 'Pinned host keys (`host_keys` of the inventory)', rows: pins },
];
