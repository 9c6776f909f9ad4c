// Connections that stay for the next command: when they are used, when not, and that a dead one costs a moment only.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readdir, stat, symlink, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { SshOptions, SshTarget } from '../../src/transport/ssh/ssh-target.ts';
import { endKept, keptConnections } from '../../src/transport/warm/ssh-warm-end.ts';
import { run } from '../../src/transport/run.ts';
import { connectSsh } from '../../src/transport/ssh/ssh-transport.ts';
import { textCommand } from './cases/support.ts';
import { KeptDirectory, visit } from './kept-connections.ts';
import { runMaster } from './openssh-master-process.ts';
import { onlyKey, sshScene } from './ssh-scene.ts';
import { nobody, type ClientDirectory } from './sshd-client.ts';
import { startProxy } from './sshd-proxy.ts';
import { publicKey, tool, type Sshd } from './sshd-server.ts';

const scene = sshScene();
let key: string;
let server: Sshd;
let bastion: Sshd;
let client: ClientDirectory;
let kept: KeptDirectory;

beforeAll(async () => {
  key = await scene.key('id');
  const authorizedKeys = [await publicKey(key)];
  [server, bastion] = await Promise.all([
    scene.sshd({ authorizedKeys }),
    scene.sshd({ authorizedKeys }),
  ]);
});

beforeEach(async () => {
  client = await scene.client({ config: onlyKey(key) });
  kept = await KeptDirectory.make();
  await know(server.port, bastion.port);
});

afterEach(() => kept[Symbol.asyncDispose]());

async function know(...ports: number[]): Promise<void> {
  const keys = await Promise.all([server.hostKey(), bastion.hostKey()]);
  await client.know(
    ...ports.flatMap((port) => keys.map((hostKey) => `[127.0.0.1]:${port} ${hostKey}`)),
  );
}

const target = (more: Partial<SshTarget> = {}) =>
  client.target(server.address, { warmSeconds: 600, ...more });
const options = (more: Partial<SshOptions> = {}) =>
  client.options(nobody, { runtimeDir: kept.path, ...more });

/** The first command, and then the master that it began to start. */
async function warmUp(settings = target(), lent = options()): Promise<void> {
  const before = (await kept.alive()).length;
  expect(await visit(settings, lent)).toMatchObject({ answer: 'here', isWarm: false });
  await kept.until(before + 1);
}

describe('the second command', () => {
  test('logs in nowhere, and neither does the third', async () => {
    await warmUp();
    const logins = await server.logins();
    const stages = ['web-1 config', 'web-1 warm'];
    expect(await visit(target(), options())).toMatchObject({ answer: 'here', stages });
    expect(await visit(target(), options())).toMatchObject({ answer: 'here', stages });
    expect(await server.logins()).toBe(logins);
  });

  test('finds a socket that only its owner can use, in a directory that only its owner can enter', async () => {
    await warmUp();
    const [name = ''] = await kept.alive();
    expect((await stat(kept.path)).mode & 0o777).toBe(0o700);
    expect((await stat(join(kept.path, name))).mode & 0o777).toBe(0o600);
    expect(await readdir(kept.path)).toEqual([name]);
    expect(name).not.toMatch(/web|127/);
  });

  test.each<[string, () => Partial<SshTarget>, () => Partial<SshOptions>]>([
    [
      'another user',
      () => ({ address: `${server.user}@${server.address}`, identityFile: key }),
      () => ({}),
    ],
    ['a key of its own', () => ({ identityFile: key }), () => ({})],
    [
      'another agent',
      () => ({}),
      () => ({ env: { PATH: process.env['PATH'], SSH_AUTH_SOCK: '/x' } }),
    ],
    [
      'another place for known host keys',
      () => ({}),
      () => ({ stateDir: join(client.path, 'other') }),
    ],
  ])('with %s does not use it', async (_what, changed, lent) => {
    await warmUp();
    const other = await visit(target(changed()), options(lent()));
    expect(other).toMatchObject({ answer: 'here', isWarm: false });
    await kept.until(2);
  });

  test('with another ssh configuration does not use it', async () => {
    await warmUp();
    await client.configure(`IdentityFile ${key}\nIdentitiesOnly yes\nCiphers aes256-ctr`);
    expect(await visit(target(), options())).toMatchObject({ isWarm: false });
    await kept.until(2);
  });

  test('with other pinned host keys does not use it, and a wrong pin is refused', async () => {
    const right = await server.hostKey();
    const wrong = await bastion.hostKey();
    await warmUp(target({ pinnedHostKeys: [right] }));
    expect(await visit(target({ pinnedHostKeys: [right] }), options())).toMatchObject({
      isWarm: true,
    });
    await expect(visit(target({ pinnedHostKeys: [wrong] }), options())).rejects.toMatchObject({
      reason: 'host-key-changed',
    });
  });

  test('for another name of the inventory does not use it, so that each can be ended', async () => {
    await warmUp();
    expect(await visit({ ...target(), host: 'web-2' }, options())).toMatchObject({ isWarm: false });
    await kept.until(2);
  });

  test('that wants a fresh connection gets one, and leaves the other alone', async () => {
    await warmUp();
    const stages = ['config', 'resolve', 'tcp', 'banner', 'host-key', 'login'];
    expect((await visit(target(), options({ fresh: true }))).stages).toEqual(
      stages.map((stage) => `web-1 ${stage}`),
    );
    expect(await visit(target(), options())).toMatchObject({ isWarm: true });
    expect(await kept.alive()).toHaveLength(1);
  });
});

describe('nothing is kept', () => {
  const neverStarted = async () => {
    await delay(400);
    expect(await kept.pids()).toEqual([]);
  };

  test('when it is switched off', async () => {
    await visit(target({ warmSeconds: 0 }), options());
    await neverStarted();
    expect(await readdir(kept.path)).toEqual([]);
  });

  test('when there is no directory for it', async () => {
    await visit(target(), client.options());
    await neverStarted();
  });

  test.each([
    [
      'others can enter the directory',
      async (path: string) => mkdir(path).then(() => chmod(path, 0o755)),
    ],
    ['the directory is a link', async (path: string) => symlink(client.path, path)],
    ['the directory is a file', async (path: string) => writeFile(path, '')],
  ])('when %s', async (_why, make) => {
    const runtimeDir = join(kept.path, 'own');
    await make(runtimeDir);
    expect(await visit(target(), options({ runtimeDir }))).toMatchObject({ answer: 'here' });
    await neverStarted();
  });

  test('a second time where it failed a moment ago', async () => {
    await client.configure(`IdentityFile ${key}\nIdentitiesOnly yes\nInclude ${client.path}/more`);
    // Takes from ssh what it would log in with, and leaves it to occ.
    const bin = join(client.path, 'bin');
    await mkdir(bin);
    const real = (await tool('sh', '-c', 'command -v ssh')).trim();
    const script = `#!/bin/sh\nfor word; do [ "$word" = -M ] && { echo x >>${client.path}/tried; exit 255; }; done\nexec ${real} "$@"\n`;
    await writeFile(join(bin, 'ssh'), script, { mode: 0o755 });
    const env = { PATH: `${bin}:${process.env['PATH'] ?? ''}`, HOME: client.path };
    for (const round of [1, 2, 3]) {
      expect(await visit(target(), options({ env })), String(round)).toMatchObject({
        isWarm: false,
      });
      await expect.poll(() => tool('cat', `${client.path}/tried`).catch(() => '')).toBe('x\n');
      await delay(100);
    }
  });
});

describe('a connection that is no longer good', () => {
  test('because its master was killed costs no error, and is replaced', async () => {
    await warmUp();
    const [pid = 0] = await kept.pids();
    process.kill(pid, 'SIGKILL');
    await kept.until(0);
    expect(await visit(target(), options())).toMatchObject({ answer: 'here', isWarm: false });
    await kept.until(1);
  });

  test('because its master is stopped is passed by within the time that connecting may take', async () => {
    await warmUp();
    const [pid = 0] = await kept.pids();
    process.kill(pid, 'SIGSTOP');
    try {
      const started = performance.now();
      expect(await visit(target(), options())).toMatchObject({ answer: 'here', isWarm: false });
      expect(performance.now() - started).toBeLessThan(20_000);
      await kept.until(1);
    } finally {
      process.kill(pid, 'SIGKILL');
    }
  });

  test('because the network forgot it is replaced in the middle of the first command', async () => {
    const proxy = await startProxy(server.port);
    await know(proxy.port);
    const settings = client.target(`127.0.0.1:${proxy.port}`, { warmSeconds: 600 });
    await warmUp(settings);
    proxy.forget();
    const said = await visit(settings, options());
    expect(said).toMatchObject({ answer: 'here' });
    expect(said.stages.slice(0, 2)).toEqual(['web-1 config', 'web-1 warm']);
    expect(said.stages.at(-1)).toBe('web-1 login');
    await kept.until(1);
    await proxy.close();
  });

  test('because the server was restarted is replaced', async () => {
    await warmUp();
    await server.killSessions();
    expect(await visit(target(), options())).toMatchObject({ answer: 'here' });
  });

  test('because only its socket is left is passed by, and the socket removed', async () => {
    await warmUp();
    const [name = ''] = await kept.alive();
    await endKept(kept.path, [name]);
    await tool(
      'python3',
      '-c',
      `import socket; socket.socket(socket.AF_UNIX).bind("${kept.path}/${name}")`,
    );
    await chmod(join(kept.path, name), 0o600);
    expect(await visit(target(), options())).toMatchObject({ answer: 'here', isWarm: false });
    expect(await kept.until(1)).toEqual([name]);
  });

  test('because others could use its socket is not used', async () => {
    await warmUp();
    const [name = ''] = await kept.alive();
    await chmod(join(kept.path, name), 0o666);
    expect(await visit(target(), options())).toMatchObject({ answer: 'here', isWarm: false });
    await chmod(join(kept.path, name), 0o600);
    expect(await visit(target(), options())).toMatchObject({ isWarm: true });
  });

  test('ends by itself when nobody has used it for as long as was said', async () => {
    await warmUp(target({ warmSeconds: 1 }));
    await kept.until(0);
    await expect.poll(() => kept.pids(), { timeout: 10_000 }).toEqual([]);
  });
});

test('what a host refused is forgotten with its connection, which a refusal ends by itself', async () => {
  await warmUp();
  const transport = await connectSsh(target(), options());
  await expect(transport.dial({ path: '/nowhere' })).rejects.toThrow();
  await transport.close();
  await kept.until(0);
  const refusals = async () =>
    (await readdir(kept.path)).filter((name) => name.endsWith('.refused')).length;
  expect(await refusals()).toBe(1);
  expect(await endKept(kept.path, await keptConnections(kept.path, 'web-2'))).toBe(0);
  expect(await refusals()).toBe(1);
  expect(await endKept(kept.path, await keptConnections(kept.path, 'web-1'))).toBe(0);
  expect(await refusals()).toBe(0);
});

describe('a jump host', () => {
  const behind = () => target({ proxyJump: bastion.address });

  test('is kept as well, and the host behind it over it', async () => {
    expect(await visit(behind(), options())).toMatchObject({ answer: 'here', isWarm: false });
    await kept.until(2);
    const logins = [await server.logins(), await bastion.logins()];
    expect((await visit(behind(), options())).stages).toEqual(['web-1 config', 'web-1 warm']);
    expect([await server.logins(), await bastion.logins()]).toEqual(logins);
  });

  test('is shared by the hosts behind it, and stays when one of them is disconnected', async () => {
    await visit(behind(), options());
    await kept.until(2);
    const logins = await bastion.logins();
    const other = await visit({ ...behind(), host: 'web-2' }, options());
    expect(other).toMatchObject({ answer: 'here', isWarm: false });
    await kept.until(3);
    // One of occ's own; the master of the host behind it needs none.
    expect(await bastion.logins()).toBe(logins + 1);
    const ended = await endKept(kept.path, await keptConnections(kept.path, 'web-1'));
    expect(ended).toBe(1);
    expect(await visit({ ...behind(), host: 'web-2' }, options())).toMatchObject({ isWarm: true });
  });

  test('with other settings is another one', async () => {
    await visit(behind(), options());
    await kept.until(2);
    await client.configure(
      `Host 127.0.0.1\n  IdentityFile ${key}\nMatch final user nobody\n  Port 1\nHost *\n  IdentitiesOnly yes\n  ServerAliveInterval 7`,
    );
    expect((await visit(behind(), options())).stages).not.toContain('web-1 warm');
    await kept.until(4);
  });
});

describe("the user's own master", () => {
  const path = () => join(client.path, 'cm');
  const configureWith = (controlPath: string) =>
    client.configure(`IdentityFile ${key}\nIdentitiesOnly yes\nControlPath ${controlPath}`);
  const startTheirs = (controlPath: string, more: string[] = []) =>
    runMaster(controlPath, [
      '-F',
      client.configFile,
      ...more,
      '-p',
      String(server.port),
      '127.0.0.1',
    ]);

  test('is used where ssh itself would use it, and outlives the command', async () => {
    await client.configure(
      `Host web-1\n  HostName 127.0.0.1\n  Port ${server.port}\n  IdentityFile ${key}\n  ControlPath ${path()}`,
    );
    const master = await runMaster(path(), ['-F', client.configFile, 'web-1']);
    const logins = await server.logins();
    const settings = client.target('web-1', { warmSeconds: 600 });
    expect(await visit(settings, options())).toMatchObject({ answer: 'here', isWarm: true });
    expect(await visit(settings, options())).toMatchObject({
      way: expect.stringContaining(path()) as string,
    });
    expect(await server.logins()).toBe(logins);
    expect(await readdir(kept.path)).toEqual([]);
    await endKept(kept.path, await keptConnections(kept.path));
    expect(master.process.exitCode).toBeNull();
    await master.kill();
  });

  test('is used when its path tells port and user apart', async () => {
    await configureWith(`${client.path}/%r-%h-%p`);
    const theirs = `${client.path}/${server.user}-127.0.0.1-${server.port}`;
    const master = await startTheirs(theirs);
    expect(await visit(target(), options())).toMatchObject({ isWarm: true });
    await master.kill();
  });

  test('is not used when its path does not tell which port, key or host key it is for', async () => {
    await configureWith(path());
    const master = await startTheirs(path());
    expect(await visit(target(), options())).toMatchObject({ isWarm: false });
    await configureWith(`${client.path}/%p`);
    const right = await runMaster(`${client.path}/${server.port}`, [
      ...['-F', client.configFile, '-p', String(server.port), '127.0.0.1'],
    ]);
    expect(await visit(target(), options())).toMatchObject({ isWarm: true });
    const pinnedHostKeys = [await server.hostKey()];
    expect(await visit(target({ pinnedHostKeys }), options())).toMatchObject({ isWarm: false });
    expect(await visit(target({ identityFile: key }), options())).toMatchObject({ isWarm: false });
    await Promise.all([master.kill(), right.kill()]);
  });

  test('that was killed and left its socket costs no error, and its socket is left alone', async () => {
    await configureWith(`${client.path}/%p`);
    const theirs = `${client.path}/${server.port}`;
    const master = await startTheirs(theirs);
    await master.kill();
    expect(await visit(target(), options())).toMatchObject({ answer: 'here', isWarm: false });
    expect((await stat(theirs)).isSocket()).toBe(true);
    await unlink(theirs);
  });

  test('is left alone while its user has a session on it, which then goes on', async () => {
    await configureWith(`${client.path}/%p`);
    const theirs = `${client.path}/${server.port}`;
    const master = await startTheirs(theirs);
    const session = spawn('ssh', ['-S', theirs, '-F', client.configFile, '127.0.0.1', 'cat']);
    session.stdin.write('hello\n');
    await once(session.stdout, 'data');
    expect(await visit(target(), options())).toMatchObject({ answer: 'here', isWarm: false });
    session.stdin.end('goodbye\n');
    expect(String((await once(session.stdout, 'data'))[0])).toBe('goodbye\n');
    expect(await once(session, 'exit')).toEqual([0, null]);
    expect(await visit({ ...target(), warmSeconds: 0 }, options())).toMatchObject({ isWarm: true });
    await master.kill();
  });

  test('survives a client in proxy mode beside a session that its user opened meanwhile', async () => {
    await configureWith(`${client.path}/%p`);
    const theirs = `${client.path}/${server.port}`;
    const master = await startTheirs(theirs);
    const transport = await connectSsh(target(), options());
    const session = spawn('ssh', ['-S', theirs, '-F', client.configFile, '127.0.0.1', 'cat']);
    session.stdin.write('hello\n');
    await once(session.stdout, 'data');
    // So many at once that one of them has the number by which the master knows that session.
    const many = Array.from({ length: 8 }, () => run(transport, textCommand(['sleep', '0.2'])));
    await Promise.all(many);
    await transport.close();
    session.stdin.end('goodbye\n');
    expect(String((await once(session.stdout, 'data'))[0])).toBe('goodbye\n');
    expect(await once(session, 'exit')).toEqual([0, null]);
    await master.kill();
  });
});
