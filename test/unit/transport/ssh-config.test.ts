// The effective configuration: what `ssh -G` says, and what occ expands of it.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ConnectError } from '../../../src/errors.ts';
import { resolveSshConfig, sshArguments } from '../../../src/transport/ssh-config.ts';
import { parseSshConfig } from '../../../src/transport/ssh-config-parse.ts';
import type { SshTarget } from '../../../src/transport/ssh-target.ts';

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

test('what a newer ssh might say never weakens the host key check', () => {
  expect(parseSshConfig('stricthostkeychecking perhaps\n').strictHostKeyChecking).toBe('yes');
  expect(parseSshConfig('stricthostkeychecking false\n').strictHostKeyChecking).toBe('no');
});
