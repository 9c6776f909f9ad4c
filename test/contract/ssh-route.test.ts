// Which way to a server is gone: what only OpenSSH's own client can do goes through it, and nothing else does.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { SshTarget } from '../../src/transport/ssh/ssh-target.ts';
import { KeptDirectory, visit } from './kept-connections.ts';
import { softwareToken } from './ssh-agent-process.ts';
import { onlyKey, sshScene } from './ssh-scene.ts';
import { nobody, type ClientDirectory } from './sshd-client.ts';
import { makeKey, publicKey, tool, type Sshd } from './sshd-server.ts';

const postQuantum = 'KexAlgorithms sntrup761x25519-sha512@openssh.com';

const scene = sshScene();
let key: string;
let token: string;
let usual: Sshd;
let future: Sshd;
let client: ClientDirectory;
let kept: KeptDirectory;

beforeAll(async () => {
  key = await scene.key('id');
  token = join(scene.work, 'token');
  await tool('ssh-keygen', '-q', '-t', 'ed25519-sk', '-w', softwareToken, '-N', '', '-f', token);
  const authorizedKeys = [await publicKey(key), await publicKey(token)];
  [usual, future] = await Promise.all([
    scene.sshd({ authorizedKeys }),
    scene.sshd({ authorizedKeys, config: [postQuantum] }),
  ]);
});

beforeEach(async () => {
  client = await scene.client();
  kept = await KeptDirectory.make();
  await configure();
  const names = [usual, future].map(
    async (sshd) => `${sshd.knownAs},[localhost]:${sshd.port} ${await sshd.hostKey()}`,
  );
  await client.know(...(await Promise.all(names)));
});

afterEach(async () => {
  await kept[Symbol.asyncDispose]();
  expect(await privateMasters()).toEqual([]);
});

const configure = (...lines: string[]) => client.configure([onlyKey(key), ...lines].join('\n'));
const at = (server: Sshd, more: Partial<SshTarget> = {}) =>
  client.target(server.address, { warmSeconds: 600, ...more });
const options = () => client.options(nobody, { runtimeDir: kept.path });

/** Directories of masters that belong to one connection. */
async function privateMasters(): Promise<string[]> {
  return (await readdir('/tmp')).filter((name) => name.startsWith('occ-master-'));
}

describe('what only OpenSSH can do', () => {
  test('because the configuration demands it goes through a master, which stays', async () => {
    await configure(postQuantum);
    const first = await visit(at(future), options());
    expect(first).toMatchObject({ answer: 'here', isWarm: false });
    expect(first.way).toContain('by ssh itself: KexAlgorithms');
    expect(first.stages).toEqual(['web-1 config', 'web-1 login']);
    expect(await kept.alive()).toHaveLength(1);
    const logins = await future.logins();
    expect(await visit(at(future), options())).toMatchObject({ answer: 'here', isWarm: true });
    expect(await future.logins()).toBe(logins);
  });

  test('is done by a master of its own where none is kept, which ends with the connection', async () => {
    await configure(postQuantum);
    const told = await visit(at(future, { warmSeconds: 0 }), options());
    expect(told.way).toContain('by ssh itself');
    expect(await privateMasters()).toEqual([]);
    expect(await kept.pids()).toEqual([]);
    expect(await kept.pids()).toEqual([]);
  });

  test('because the server demands it is tried after occ’s own SSH', async () => {
    const first = await visit(at(future), options());
    expect(first).toMatchObject({ answer: 'here' });
    expect(first.way).toContain('no algorithm in common');
    expect(await visit(at(future), options())).toMatchObject({ isWarm: true });
  });

  test('on the way is done there too', async () => {
    await configure(postQuantum);
    const behind = at(future, { proxyJump: `localhost:${future.port}`, warmSeconds: 0 });
    expect((await visit(behind, options())).way).toContain('by ssh itself');
    expect(await kept.pids()).toEqual([]);
    const keptToo = { ...behind, warmSeconds: 600 };
    expect(await visit(keptToo, options())).toMatchObject({ answer: 'here' });
    expect(await kept.alive()).toHaveLength(2);
  });

  test('at a jump host alone leaves the host behind it to occ’s own SSH', async () => {
    const behind = at(usual, { proxyJump: future.address });
    const told = await visit(behind, options());
    expect(told.stages.slice(-4)).toEqual(
      ['tcp', 'banner', 'host-key', 'login'].map((s) => `web-1 ${s}`),
    );
    await kept.until(2);
    expect(await visit(behind, options())).toMatchObject({ isWarm: true });
  });

  test('is a FIDO key whose file is in no agent: after the login was refused', async () => {
    const provider = `SecurityKeyProvider ${softwareToken}`;
    await client.configure(`IdentityFile ${token}\nIdentitiesOnly yes\n${provider}`);
    const told = await visit(at(usual), options());
    expect(told).toMatchObject({ answer: 'here' });
    expect(told.way).toContain('FIDO');
    expect(await visit(at(usual), options())).toMatchObject({ isWarm: true });
  });

  test('without an OpenSSH client is an error that says why it is needed, and how to get it', async () => {
    await configure(postQuantum);
    const lent = { ...options(), env: { PATH: '/nowhere', HOME: client.path } };
    await expect(visit(at(future), lent)).rejects.toMatchObject({
      reason: 'config',
      message: expect.stringMatching(/OpenSSH’s own client \(KexAlgorithms\)/) as string,
      hint: expect.stringContaining('openssh-client') as string,
    });
  });

  test('that OpenSSH cannot do either is told in the words of both', async () => {
    const stranger = await makeKey(join(client.path, 'stranger'));
    await client.configure(`IdentityFile ${stranger}\nIdentitiesOnly yes`);
    await expect(visit(at(future), options())).rejects.toMatchObject({
      reason: 'auth',
      host: 'web-1',
    });
    await configure('KexAlgorithms ecdh-sha2-nistp384');
    await expect(visit(at(usual, { warmSeconds: 0 }), options())).resolves.toMatchObject({
      answer: 'here',
    });
    await configure('KexAlgorithms curve25519-sha256');
    await expect(visit(at(future), options())).rejects.toMatchObject({
      reason: 'handshake',
      message: expect.stringMatching(/OpenSSH’s own client .* failed as well/) as string,
    });
    expect(await kept.pids()).toEqual([]);
  });
});

test('a restriction of the configuration is kept by occ’s own SSH', async () => {
  const strict = await scene.sshd({
    authorizedKeys: [await publicKey(key)],
    config: ['Ciphers aes256-gcm@openssh.com,aes128-gcm@openssh.com', 'LogLevel DEBUG1'],
  });
  await client.know(await strict.knownHostsLine());
  await configure('Ciphers aes256-gcm@openssh.com');
  await visit(at(strict, { warmSeconds: 0 }), options());
  expect(await strict.log()).toMatch(/cipher: aes256-gcm@openssh\.com/);
  expect(await strict.log()).not.toMatch(/cipher: aes128-gcm@openssh\.com/);
});

test('a master that is just being started keeps no process alive', async () => {
  const bin = join(client.path, 'bin');
  const gate = join(client.path, 'gate');
  await mkdir(bin);
  await tool('mkfifo', gate);
  const real = (await tool('sh', '-c', 'command -v ssh')).trim();
  // Waits for the test before it logs in.
  const script = `#!/bin/sh\nfor word; do [ "$word" = -M ] && read go <${gate}; done\nexec ${real} "$@"\n`;
  await writeFile(join(bin, 'ssh'), script, { mode: 0o755 });
  const module = fileURLToPath(
    new URL('../../src/transport/ssh/ssh-transport.ts', import.meta.url),
  );
  const env = { PATH: `${bin}:${process.env['PATH'] ?? ''}`, HOME: client.path };
  const lent = { stateDir: client.stateDir, runtimeDir: kept.path, env };
  const code = `const { connectSsh } = await import(${JSON.stringify(module)});
    const prompter = { confirm: async () => undefined };
    const lent = { ...${JSON.stringify(lent)}, prompter };
    await (await connectSsh(${JSON.stringify(at(usual))}, lent)).close();`;
  const argv = ['--import', 'tsx', '--input-type=module', '--eval', code];
  const child = spawn(process.execPath, argv, {
    env: { ...process.env, ...env },
    stdio: 'inherit',
  });
  expect(await once(child, 'exit')).toEqual([0, null]);
  expect(await kept.alive()).toEqual([]);
  await writeFile(gate, 'go\n');
  await kept.until(1);
  expect(await visit(at(usual), options())).toMatchObject({ answer: 'here', isWarm: true });
});
