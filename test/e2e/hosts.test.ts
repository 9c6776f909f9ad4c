// Host commands against real sshd and real engines, through the command line.
import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, inject, test } from 'vitest';
import { run } from '../../scripts/lib/run.mjs';
import { labUsers, type LabHost } from '../lab/lab-hosts.ts';
import { newHome, type Home } from './cfg-occ.ts';

const lab = inject('lab');

function connection(home: Home, host: LabHost, user: string = labUsers.ops): string[] {
  return [
    ...['--address', `${user}@${host.address}:${host.port}`],
    ...['--identity-file', host.identityFile, '--ssh-config', home.sshConfig],
  ];
}

/** Makes the host known, as if the user had logged in with ssh before. */
async function know(home: Home): Promise<void> {
  await writeFile(home.knownHosts, await readFile(lab.knownHostsFile, 'utf8'));
}

async function isThere(home: Home): Promise<boolean> {
  return readFile(home.inventory).then(
    () => true,
    () => false,
  );
}

describe.each(lab.hosts)('$name', (host) => {
  test('is added once its key is known, listed, tested, and removed again', async () => {
    await using home = await newHome();
    await know(home);
    const add = ['host', 'add', 'cfg-1', ...connection(home, host), '--group', 'cfg'];
    const added = await home.occ([...add, '--json']);
    expect(added.exitCode).toBe(0);
    expect(JSON.parse(added.stdout)).toHaveProperty('operation', 'host.add');
    const again = await home.occ(add);
    expect(again).toMatchObject({ exitCode: 0 });
    expect(again.stdout).toContain('Nothing to do');

    const list = await home.occ(['host', 'list']);
    expect(list.stdout).toMatch(new RegExp(`cfg-1 +ops@127.0.0.1:${host.port} +cfg`));

    const tested = await home.occ(['--host', 'cfg-1', 'host', 'test']);
    expect(tested).toMatchObject({ exitCode: 0 });
    for (const name of [
      'authentication',
      'shell',
      'docker',
      'api',
      'storage',
      'disk',
      'container',
    ]) {
      expect(tested.stdout).toMatch(new RegExp(`^${name} +(ok|warning) +\\d+ ms `, 'm'));
    }

    const removed = await home.occ(['host', 'remove', 'cfg-1']);
    expect(removed).toMatchObject({ exitCode: 0 });
    expect((await home.occ(['host', 'list'])).stdout).not.toContain('cfg-1');
  });

  test('is not added while its key is unknown; the fingerprint that is shown is the right one', async () => {
    await using home = await newHome();
    const refused = await home.occ(['host', 'add', 'cfg-1', ...connection(home, host)]);
    expect(refused.exitCode).toBe(3);
    expect(refused.stderr).toContain(host.hostKeyFingerprint);
    expect(refused.stderr).toContain('--fingerprint');
    expect(await isThere(home)).toBe(false);

    const add = ['host', 'add', 'cfg-1', ...connection(home, host), '--fingerprint'];
    const wrong = await home.occ([...add, `SHA256:${'A'.repeat(43)}`]);
    expect(wrong.exitCode).toBe(3);
    expect(await isThere(home)).toBe(false);
    expect(await home.occ([...add, host.hostKeyFingerprint])).toMatchObject({ exitCode: 0 });
    expect(await home.occ(['--host', 'cfg-1', 'host', 'test'])).toMatchObject({ exitCode: 0 });
  });

  test('is trusted by fingerprint after it was added without a test', async () => {
    await using home = await newHome();
    const add = ['host', 'add', 'cfg-1', ...connection(home, host), '--no-test'];
    expect(await home.occ(add)).toMatchObject({ exitCode: 0 });
    const unknown = await home.occ(['host', 'trust', 'cfg-1']);
    expect(unknown.exitCode).toBe(3);
    expect(unknown.stderr).toContain(
      `occ host trust cfg-1 --fingerprint ${host.hostKeyFingerprint}`,
    );
    const trust = ['host', 'trust', 'cfg-1', '--fingerprint', host.hostKeyFingerprint];
    expect(await home.occ(trust)).toMatchObject({ exitCode: 0 });
    expect(await readFile(home.inventory, 'utf8')).toMatch(
      /host_keys: ?\n? *[-[] ?ssh-ed25519 AAAA/,
    );
    const again = await home.occ(trust);
    expect(again.stdout).toContain('Nothing to do');
    expect(await home.occ(['--host', 'cfg-1', 'host', 'test'])).toMatchObject({ exitCode: 0 });
  });

  test('with another key than known, it is refused by test and by trust', async () => {
    await using home = await newHome();
    const pair = `${home.directory}/other`;
    await run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', pair]);
    const [type = '', key = ''] = (await readFile(`${pair}.pub`, 'utf8')).split(' ');
    await writeFile(home.knownHosts, `[127.0.0.1]:${host.port} ${type} ${key}\n`);
    await home.occ(['host', 'add', 'cfg-1', ...connection(home, host), '--no-test']);
    const tested = await home.occ(['--host', 'cfg-1', 'host', 'test', '--json']);
    expect(tested.exitCode).toBe(1);
    expect(tested.stdout).toContain('connect.host-key-changed');
    const trust = ['host', 'trust', 'cfg-1', '--fingerprint', host.hostKeyFingerprint];
    const trusted = await home.occ(trust);
    expect(trusted.exitCode).toBe(3);
    expect(trusted.stderr).toContain('ssh-keygen -R');
    const replace = `occ host trust cfg-1 --replace --fingerprint ${host.hostKeyFingerprint}`;
    expect(trusted.stderr).toContain(replace);
    // What the hint says is what helps, although the user's known_hosts is as it was.
    expect(await home.occ(replace.split(' ').slice(1))).toMatchObject({ exitCode: 0 });
    expect(await home.occ(['--host', 'cfg-1', 'host', 'test'])).toMatchObject({ exitCode: 0 });
    expect(await readFile(home.knownHosts, 'utf8')).toContain(key);
  });

  test('a user without Docker is told so, and is not added', async () => {
    await using home = await newHome();
    await know(home);
    const add = ['host', 'add', 'cfg-1', ...connection(home, host, labUsers.guest), '--json'];
    const refused = await home.occ(add);
    expect(refused.exitCode).toBe(1);
    expect(refused.stdout).toContain('docker.permission');
    expect(refused.stdout).toContain('docker');
    expect(await isThere(home)).toBe(false);
  });

  test('a user with sudo reaches Docker as root', async () => {
    await using home = await newHome();
    await know(home);
    const add = ['host', 'add', 'cfg-1', ...connection(home, host, labUsers.sudoer)];
    expect(await home.occ(add)).toMatchObject({ exitCode: 0 });
    const tested = await home.occ(['--host', 'cfg-1', 'host', 'test']);
    expect(tested).toMatchObject({ exitCode: 0 });
    expect(tested.stdout).toContain('with sudo');
  });
});

test('an address where nobody listens is an error, and nothing is written', async () => {
  await using home = await newHome();
  const add = ['host', 'add', 'cfg-1', '--address', 'ops@127.0.0.1:1', '--ssh-config'];
  const refused = await home.occ([...add, home.sshConfig]);
  expect(refused.exitCode).toBe(3);
  expect(refused.stderr).toContain('--no-test');
  expect(await isThere(home)).toBe(false);
});

test('a name that does not resolve is an error', async () => {
  await using home = await newHome();
  const add = ['host', 'add', 'no-such-host.invalid', '--ssh-config', home.sshConfig];
  const refused = await home.occ(add);
  expect(refused.exitCode).toBe(3);
  expect(await isThere(home)).toBe(false);
});

test('this machine passes its test', async () => {
  await using home = await newHome();
  expect(await home.occ(['host', 'test'])).toMatchObject({ exitCode: 0 });
});
