// What administrators of servers set, and how Docker is reached all the same.
import { run } from '../../../src/transport/run.ts';
import type { Transport } from '../../../src/transport/transport.ts';
import { textCommand } from '../cases/support.ts';
import { makeKey, publicKey } from '../sshd-server.ts';
import { wayToDocker } from './docker-words.ts';
import { row, type Prepare, type Row, type Section } from './rows.ts';
import { named, only } from './world.ts';

const withLines =
  (lines: readonly string[], more?: (transport: Transport) => Promise<string>): Prepare =>
  async (world) => {
    const server = await world.sshd({ config: lines });
    return {
      config: named('*', server, only(world.key)),
      known: [await server.knownHostsLine()],
      ...(more !== undefined && { more }),
    };
  };

const setting = (...lines: string[]): Row => row(`\`${lines.join('`, `')}\``, withLines(lines));

const forwarding = [
  'AllowTcpForwarding no',
  'AllowTcpForwarding local',
  'AllowStreamLocalForwarding no',
  'PermitOpen none',
  'PermitOpen 127.0.0.1:9',
  'DisableForwarding yes',
  'MaxSessions 1',
].map((line) => row(`\`${line}\``, withLines([line], wayToDocker)));

/** More at once than there are sessions. */
async function manyCommands(transport: Transport): Promise<string> {
  const words = Array.from({ length: 5 }, (_, index) => `word ${index}`);
  const said = await Promise.all(words.map((word) => run(transport, textCommand(['echo', word]))));
  return said.join() === words.join() ? 'five commands at once' : `? ${said.join()}`;
}

const sessions: Row[] = [
  row('`MaxSessions 1`, five commands at once', withLines(['MaxSessions 1'], manyCommands)),
  setting('MaxSessions 0'),
  setting('ForceCommand echo only this'),
  row(
    '`ForceCommand` that runs what was asked for',
    withLines(['ForceCommand sh -c "$SSH_ORIGINAL_COMMAND"']),
  ),
  setting('ForceCommand exit 3'),
  setting('PermitTTY no'),
  setting('PermitUserRC no'),
  setting('ChrootDirectory /nowhere'),
  setting('RekeyLimit 16K'),
  setting('ClientAliveInterval 1', 'ClientAliveCountMax 2'),
  setting('Compression no'),
  setting('MaxStartups 1'),
];

const logins: Row[] = [
  setting('MaxAuthTries 1'),
  row('`MaxAuthTries 2`, the right key is the second', async (world) => {
    const server = await world.sshd({ config: ['MaxAuthTries 2'] });
    const wrong = await makeKey(world.path());
    return {
      config: named('*', server, `IdentityFile ${wrong}`, only(world.key)),
      known: [await server.knownHostsLine()],
    };
  }),
  row('`MaxAuthTries 2`, the right key is the third', async (world) => {
    const server = await world.sshd({ config: ['MaxAuthTries 2'] });
    const wrong = [await makeKey(world.path()), await makeKey(world.path())];
    const offers = wrong.map((key) => `IdentityFile ${key}`);
    return {
      config: named('*', server, ...offers, only(world.key)),
      known: [await server.knownHostsLine()],
    };
  }),
  row('`AuthenticationMethods publickey,publickey`', async (world) => {
    const second = await makeKey(world.path());
    const server = await world.sshd({
      authorizedKeys: [world.publicKey, await publicKey(second)],
      config: ['AuthenticationMethods publickey,publickey'],
    });
    return {
      config: named('*', server, `IdentityFile ${second}`, only(world.key)),
      known: [await server.knownHostsLine()],
    };
  }),
  setting('DenyUsers *'),
  setting('PubkeyAuthentication no'),
  setting('LoginGraceTime 2'),
  ...['restrict', 'no-port-forwarding', 'from="192.0.2.1"', 'command="echo only this"'].map(
    (option) =>
      row(`\`${option}\` in authorized_keys`, async (world) => {
        const server = await world.sshd({ authorizedKeys: [`${option} ${world.publicKey}`] });
        const more = /^(restrict|no-port)/.test(option) ? { more: wayToDocker } : {};
        const config = named('*', server, only(world.key));
        return { config, known: [await server.knownHostsLine()], ...more };
      }),
  ),
];

const algorithms: Row[] = [
  setting('Ciphers aes256-gcm@openssh.com'),
  setting('Ciphers aes128-cbc'),
  setting('KexAlgorithms ecdh-sha2-nistp521'),
  setting('KexAlgorithms diffie-hellman-group14-sha1'),
  setting('Ciphers aes128-ctr', 'MACs hmac-sha1'),
  setting('Ciphers aes128-ctr', 'MACs umac-64-etm@openssh.com'),
];

/** Everything of sshd_config(5) that is known to get in the way. */
export const settings: Section[] = [
  { title: 'Server settings: forwarding', rows: forwarding },
  { title: 'Server settings: sessions', rows: sessions },
  { title: 'Server settings: logins', rows: logins },
  { title: 'Server settings: algorithms', rows: algorithms },
];
