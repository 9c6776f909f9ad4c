// The effective configuration: what `ssh -G` says, and what occ expands of it.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir, hostname, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { ConnectError } from '../../../src/errors.ts';
import { resolveSshConfig, sshArguments } from '../../../src/transport/ssh-config/ssh-config.ts';
import { expandSshConfig } from '../../../src/transport/ssh-config/ssh-config-expand.ts';
import { parseSshConfig } from '../../../src/transport/ssh-config/ssh-config-parse.ts';
import type { SshTarget } from '../../../src/transport/ssh/ssh-target.ts';

let directory: string;
let configFile: string;
const home = userInfo().homedir;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'occ-config-'));
  configFile = join(directory, 'config');
  await writeFile(
    configFile,
    `
Host full
  HostName real.example
  User deploy
  Port 2222
  IdentityFile "~/keys x/%h-%r"
  IdentityFile \${KEYS}/%n
  IdentityAgent $MY_AGENT
  IdentitiesOnly yes
  HostKeyAlias Alias.Example
  ProxyCommand relay %h:%p as %r 100%%
  StrictHostKeyChecking accept-new
  UserKnownHostsFile ${directory}/a ${directory}/b
  GlobalKnownHostsFile none
  ServerAliveInterval 1m
  AddressFamily inet6
Host jumped
  ProxyJump a@b:2222,[::1]:44
  IdentityAgent none
  StrictHostKeyChecking no
Host badtoken
  IdentityFile %z/key
Host badvariable
  IdentityFile \${OCC_IS_NOT_SET}/key
`,
  );
});
afterAll(() => rm(directory, { recursive: true }));

const env = {
  PATH: process.env['PATH'],
  KEYS: '/keys',
  MY_AGENT: '/run/agent',
  SSH_AUTH_SOCK: '/run/other',
};
const resolve = (address: string, more: Partial<SshTarget> = {}, variables = env) =>
  resolveSshConfig(
    { host: 'web-1', address, configFile, connectTimeoutSeconds: 10, ...more },
    { env: variables, signal: new AbortController().signal },
  );

describe('resolveSshConfig', () => {
  test('reads and expands everything', async () => {
    expect(await resolve('full')).toMatchObject({
      hostname: 'real.example',
      user: 'deploy',
      port: 2222,
      identityFiles: [join(home, 'keys x/real.example-deploy'), '/keys/full'],
      identitiesOnly: true,
      agentSocket: '/run/agent',
      keyName: { name: 'alias.example', bareName: undefined },
      proxyCommand: 'relay real.example:2222 as deploy 100%',
      strictHostKeyChecking: 'accept-new',
      userKnownHostsFiles: [`${directory}/a`, `${directory}/b`],
      globalKnownHostsFiles: [],
      serverAliveInterval: 60,
      addressFamily: 'inet6',
    });
  });

  test('an address wins over settings, settings over the configuration', async () => {
    const settings = { user: 'settings', port: 3333 };
    expect(await resolve('full', settings)).toMatchObject({ user: 'settings', port: 3333 });
    expect(await resolve('me@full:4444', settings)).toMatchObject({ user: 'me', port: 4444 });
    expect(await resolve('ssh://me@full:4444', settings)).toMatchObject({ user: 'me', port: 4444 });
  });

  test('an identity file of the settings is the only one', async () => {
    const config = await resolve('jumped', { identityFile: '~/one' });
    expect(config).toMatchObject({ identityFiles: [join(homedir(), 'one')], identitiesOnly: true });
  });

  test('jump hosts: from the configuration, from the settings, none', async () => {
    expect((await resolve('jumped')).proxyJump).toBe('a@b:2222,[::1]:44');
    expect((await resolve('jumped', { proxyJump: 'c' })).proxyJump).toBe('c');
    expect((await resolve('jumped', { proxyJump: 'none' })).proxyJump).toBeUndefined();
  });

  test('the agent: none, and the environment by default', async () => {
    expect((await resolve('jumped')).agentSocket).toBeUndefined();
    expect((await resolve('other')).agentSocket).toBe('/run/other');
  });

  test.each(['badtoken', 'badvariable'])('%s is an error that names it', async (address) => {
    const error: unknown = await resolve(address).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ConnectError);
    expect(error).toMatchObject({ reason: 'config', host: 'web-1' });
    expect((error as ConnectError).message).toMatch(/%z|OCC_IS_NOT_SET/);
  });

  test('a configuration that ssh refuses is quoted', async () => {
    const file = join(directory, 'broken');
    await writeFile(file, 'Hots x\n');
    await expect(resolve('x', { configFile: file })).rejects.toMatchObject({
      reason: 'config',
      message: expect.stringContaining('Bad configuration option') as string,
    });
    await expect(resolve('x', { configFile: join(directory, 'none') })).rejects.toMatchObject({
      reason: 'config',
    });
  });

  test('hands options to ssh as options only', () => {
    const target = { host: 'h', connectTimeoutSeconds: 1 };
    expect(sshArguments({ ...target, address: 'u@h:1' })).toEqual([
      '-T',
      '-G',
      '-l',
      'u',
      '-p',
      '1',
      '--',
      'h',
    ]);
    for (const address of [
      '-oProxyCommand=x',
      'u@-oProxyCommand=x',
      'a b',
      '$(id)',
      'h:99999',
      // known_hosts would read these as other hosts, too.
      '*',
      'a,prod.example',
      'web-?',
      // A login name can reach the shell of a ProxyCommand (%r), or add a line to what ssh -G prints.
      'a;id@h',
      '$USER@h',
      '`id`@h',
      '-oProxyCommand=x@h',
      'a\nproxycommand id@h',
      '@h',
      '',
    ]) {
      expect(() => sshArguments({ ...target, address })).toThrow('is not an SSH address');
    }
    for (const user of ['$(id)', 'a\nproxycommand id', '-l', 'a b', 'a\\', '']) {
      expect(() => sshArguments({ ...target, address: 'h', user })).toThrow('is not a login name');
    }
    for (const proxyJump of ['j\nproxycommand id', 'a,-oProxyCommand=x', '$(id)', 'a;b@j']) {
      expect(() => sshArguments({ ...target, address: 'h', proxyJump })).toThrow(
        'is not an SSH address',
      );
    }
  });

  test('takes the login names and jump hosts that there are', () => {
    const target = { host: 'h', connectTimeoutSeconds: 1, address: 'h' };
    for (const user of ['root', 'CORP\\alice', 'alice@corp.example', '_x', 'é']) {
      expect(sshArguments({ ...target, user })).toContain(user);
    }
    for (const proxyJump of ['none', 'a@b:2222,[::1]:44', 'ssh://j:22', 'fe80::1%eth0']) {
      expect(sshArguments({ ...target, proxyJump })).toContain(`ProxyJump=${proxyJump}`);
    }
  });
});

describe('what ssh itself decides', () => {
  const write = async (text: string): Promise<string> => {
    const file = join(directory, `decides-${Math.random()}`);
    await writeFile(file, text, { mode: 0o600 });
    return file;
  };

  test('Match exec runs the command, with its tokens', async () => {
    const text = 'Match exec "test %h = yes"\n  User matched\nMatch all\n  User other\n';
    const file = await write(text);
    expect((await resolve('yes', { configFile: file })).user).toBe('matched');
    expect((await resolve('no', { configFile: file })).user).toBe('other');
  });

  test('what Match exec leaves in the background keeps nobody waiting', async () => {
    const pidFile = join(directory, 'daemon');
    const text = `Match exec "sleep 600 & echo $! >${pidFile}"\n  User matched\n`;
    const file = await write(text);
    expect((await resolve('h', { configFile: file })).user).toBe('matched');
    // It goes on, as with ssh.
    expect(process.kill(Number(await readFile(pidFile, 'utf8')), 'SIGKILL')).toBe(true);
  });

  test('a Match exec that hangs ends with the connect timeout, and nothing is left of it', async () => {
    const pidFile = join(directory, 'hanging');
    const file = await write(`Match exec "echo $$ >${pidFile}; exec sleep 600"\n  User x\n`);
    const asked = new AbortController();
    const target = { host: 'h', address: 'h', configFile: file };
    const answer = resolveSshConfig(target, { signal: asked.signal, env: process.env });
    const pid = await vi.waitUntil(async () => {
      const text = await readFile(pidFile, 'utf8').catch(() => '');
      return text.endsWith('\n') ? Number(text) : undefined;
    });
    asked.abort(new Error('too late'));
    await expect(answer).rejects.toThrow('too late');
    await vi.waitUntil(async () => !(await isRunning(pid)), { timeout: 10_000 });
  });

  test('Match final sees the name after HostName', async () => {
    const file = await write(
      'Host alias\n  HostName real.example\nMatch final host real.example\n  Port 2222\n',
    );
    expect(await resolve('alias', { configFile: file })).toMatchObject({
      hostname: 'real.example',
      port: 2222,
    });
  });

  test('canonicalization reads the configuration again; addresses are always made canonical', async () => {
    const file = await write(
      'CanonicalizeHostname yes\nHost local\n  HostName localhost\nHost localhost\n  Port 2222\n' +
        'Match canonical host localhost\n  User canonical\n',
    );
    expect(await resolve('local', { configFile: file })).toMatchObject({
      hostname: 'localhost',
      port: 2222,
      user: 'canonical',
    });
    expect((await resolve('127.1', { configFile: file })).hostname).toBe('127.0.0.1');
  });
});

describe('expansion', () => {
  const file = async (text: string): Promise<SshTarget['configFile']> => {
    const path = join(directory, `expands-${Math.random()}`);
    await writeFile(path, text, { mode: 0o600 });
    return path;
  };
  const root = '/root';

  test('homes of other users, for every kind of path', async () => {
    const text =
      'IdentityFile ~root/key\nCertificateFile ~root/%n-cert\nUserKnownHostsFile ~root/known\n' +
      'GlobalKnownHostsFile ~root/global\nIdentityAgent ~root/agent\nControlPath ~root/cm-%r\n';
    const config = await resolve('x', { configFile: await file(text), user: 'u' });
    expect(config).toMatchObject({
      identityFiles: [`${root}/key`],
      certificateFiles: [`${root}/x-cert`],
      userKnownHostsFiles: [`${root}/known`],
      globalKnownHostsFiles: [`${root}/global`],
      agentSocket: `${root}/agent`,
      controlPath: `${root}/cm-u`,
    });
    const unknown = resolve('x', { configFile: await file('IdentityFile ~no-such-user/key\n') });
    await expect(unknown).rejects.toMatchObject({
      message: expect.stringContaining('no user no-such-user') as string,
    });
  });

  test('nothing is expanded twice', async () => {
    const text =
      'ControlPath /run/%%h\nUserKnownHostsFile /k/%%h\nIdentityAgent /a/%%h\n' +
      'IdentityFile ${KEYS}/%%h\nProxyCommand echo %%h ${KEYS}\n';
    const odd = { ...env, KEYS: '/keys/%n' };
    expect(await resolve('x', { configFile: await file(text) }, odd)).toMatchObject({
      controlPath: '/run/%h',
      userKnownHostsFiles: ['/k/%h'],
      agentSocket: '/a/%h',
      identityFiles: ['/keys/%n/%h'],
      proxyCommand: 'echo %h ${KEYS}',
    });
  });

  test('spaces in the names of known_hosts files', async () => {
    const text = 'UserKnownHostsFile "/a b/c  d" /e "~root/f g"\nGlobalKnownHostsFile "/h i"\n';
    expect(await resolve('x', { configFile: await file(text) })).toMatchObject({
      userKnownHostsFiles: ['/a b/c  d', '/e', `${root}/f g`],
      globalKnownHostsFiles: ['/h i'],
    });
  });
});

describe('without an ssh client', () => {
  const bare = async (text: string, address = 'web', more: Partial<SshTarget> = {}) => {
    const file = join(directory, `bare-${Math.random()}`);
    await writeFile(file, text, { mode: 0o600 });
    return resolve(address, { configFile: file, ...more }, { ...env, PATH: directory });
  };

  test('the configuration is read all the same', async () => {
    const text = 'Host web\n  HostName %h.example\n  IdentityFile ~/%h-%r\n  ControlPath /c/%%%n\n';
    expect(await bare(text, 'me@web:2222', { proxyJump: 'a,b@c' })).toMatchObject({
      hostname: 'web.example',
      user: 'me',
      port: 2222,
      proxyJump: 'a,b@c',
      identityFiles: [join(home, 'web.example-me')],
      controlPath: '/c/%web',
    });
  });

  test.each([
    ['Match exec "true"\n  User x\n', 1],
    ['\nMatch host web localnetwork 10.0.0.0/8\n', 2],
    ['CanonicalizeHostname yes\n', 1],
    ['CanonicalizePermittedCNAMEs *:*\n', 1],
    ['Include ${KEYS}/x\n', 1],
  ])('%j needs one: the error names file and line, and what to install', async (text, line) => {
    await expect(bare(text)).rejects.toMatchObject({
      reason: 'config',
      host: 'web-1',
      message: expect.stringMatching(
        new RegExp(`bare-\\S+ line ${line}: .* needs the OpenSSH client`),
      ) as string,
      hint: expect.stringContaining('openssh-client') as string,
    });
  });

  test.each([
    'Match host other exec "true"\n  User x\n',
    'Host other\n  CanonicalizeHostname yes\n',
    'CanonicalizeHostname no\nHost *\n  CanonicalizeHostname yes\n',
  ])('%j does not, since it would not count', async (text) => {
    expect((await bare(text)).user).not.toBe('x');
  });

  test.each([
    ['Prot 22\n', 'prot'],
    ['Host other\n  Port 99999\n', 'not a port'],
    ['HostName "x\n', 'not closed'],
    ['HostName %z\n', '%z'],
    ['Match\n', 'nothing follows match'],
    ['Host a "" b\n', 'empty pattern'],
  ])('%j is refused as ssh refuses it', async (text, why) => {
    await expect(bare(text)).rejects.toMatchObject({
      reason: 'config',
      message: expect.stringContaining(why) as string,
    });
  });

  test('a file that somebody else could write is not followed, nor one that includes itself', async () => {
    const open = join(directory, 'open');
    await writeFile(open, 'ProxyCommand evil\n');
    await chmod(open, 0o666);
    await expect(bare(`Include ${open}\n`)).rejects.toMatchObject({
      message: expect.stringContaining('somebody else may write it') as string,
    });
    const loop = join(directory, 'loop');
    await writeFile(loop, `Include ${loop}\n`, { mode: 0o600 });
    await expect(bare(`Include ${loop}\n`)).rejects.toMatchObject({
      message: expect.stringContaining('too deeply') as string,
    });
  });

  test('a file that is named and missing is an error, "none" is no file', async () => {
    const nowhere = { ...env, PATH: directory };
    const missing = resolve('web', { configFile: join(directory, 'missing') }, nowhere);
    await expect(missing).rejects.toMatchObject({
      message: expect.stringContaining('does not exist') as string,
    });
    const none = await resolve('web', { configFile: 'none' }, nowhere);
    expect(none).toMatchObject({ hostname: 'web', port: 22 });
  });
});

describe('other versions of ssh', () => {
  test('print other names', () => {
    const old = parseSshConfig(
      'kbdinteractiveauthentication no\nchallengeresponseauthentication yes\n' +
        'pubkeyacceptedkeytypes ssh-ed25519,rsa-sha2-512\nstricthostkeychecking true\n' +
        'pubkeyauthentication yes\nconnecttimeout none\n',
    );
    expect(old).toMatchObject({
      kbdInteractiveAuthentication: true,
      pubkeyAcceptedAlgorithms: ['ssh-ed25519', 'rsa-sha2-512'],
      strictHostKeyChecking: 'yes',
      pubkeyAuthentication: true,
      connectTimeout: undefined,
    });
    const recent = parseSshConfig(
      'kbdinteractiveauthentication no\npubkeyauthentication host-bound\nconnecttimeout 7\n' +
        'serveraliveinterval -1\nhostkeyalias none\nrevokedhostkeys none\nsetenv A=none\n',
    );
    expect(recent).toMatchObject({
      kbdInteractiveAuthentication: false,
      pubkeyAuthentication: true,
      connectTimeout: 7,
      serverAliveInterval: 0,
      // OpenSSH has no "none" here: it is a name.
      hostKeyAlias: 'none',
      revokedHostKeys: undefined,
      setEnv: ['A=none'],
    });
  });

  test.each([
    [802, '/h/%n', '/k/%n'],
    [804, '/h/%%n', '/k/%%n'],
    [undefined, '/h/%%n', '/k/%%n'],
  ])('expand more or less before they print: %s', async (version, agent, known) => {
    const raw = parseSshConfig(
      `hostname h\nuser u\nidentityagent ${agent}\nuserknownhostsfile ${known}\n`,
    );
    const target = { host: 'h', address: 'x', originalHost: 'x', connectTimeoutSeconds: 1 };
    const config = await expandSshConfig(raw, { source: 'ssh', version }, target, {});
    const isOld = version === 802;
    expect(config.agentSocket).toBe(isOld ? '/h/x' : '/h/%%n');
    expect(config.userKnownHostsFiles).toEqual([isOld ? '/k/x' : '/k/%%n']);
  });

  test('hash the jump host into %C since 9.6 only', async () => {
    const raw = parseSshConfig(
      'hostname h\nuser u\nidentityfile /%C-%j\nproxyjump a,me@[10.0.0.1]:22\n',
    );
    const target = { host: 'h', address: 'x', originalHost: 'x', connectTimeoutSeconds: 1 };
    const hash = async (version: number) =>
      (await expandSshConfig(raw, { source: 'ssh', version }, target, {})).identityFiles[0];
    const sha1 = (text: string) => createHash('sha1').update(text).digest('hex');
    expect(await hash(905)).toBe(`/${sha1(`${hostname()}h22u`)}-10.0.0.1`);
    expect(await hash(906)).toBe(`/${sha1(`${hostname()}h22u10.0.0.1`)}-10.0.0.1`);
  });
});

/** A process that nobody has waited for yet counts as gone. */
async function isRunning(pid: number): Promise<boolean> {
  const argv = ['-o', 'stat=', '-p', String(pid)];
  const state = await promisify(execFile)('ps', argv).then(
    ({ stdout }) => stdout,
    () => '',
  );
  return state !== '' && !state.startsWith('Z');
}

test('what a newer ssh might say never weakens the host key check', () => {
  expect(parseSshConfig('stricthostkeychecking perhaps\n').strictHostKeyChecking).toBe('yes');
  expect(parseSshConfig('stricthostkeychecking false\n').strictHostKeyChecking).toBe('no');
});
