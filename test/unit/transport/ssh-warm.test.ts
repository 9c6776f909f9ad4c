// Names of kept connections, and who may start one.
import { mkdtemp, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hostKeyName } from '../../../src/transport/host-keys/known-hosts.ts';
import { parseSshConfig } from '../../../src/transport/ssh-config/ssh-config-parse.ts';
import type { SshConfig } from '../../../src/transport/ssh-config/ssh-config.ts';
import {
  ownerPart,
  socketName,
  socketNamePattern,
} from '../../../src/transport/warm/ssh-warm-name.ts';
import {
  claimStart,
  forgetStart,
  isStarting,
  noteFailedStart,
  startFile,
} from '../../../src/transport/warm/ssh-warm-starts.ts';

describe('the name of a socket', () => {
  const configOf = (text: string): SshConfig => {
    const raw = parseSshConfig(`hostname web\nport 22\nuser ops\n${text}`);
    return { ...raw, agentSocket: undefined, keyName: hostKeyName(raw.hostname, raw.port) };
  };
  const identity = {
    target: { host: 'web-1', address: 'web' },
    jump: undefined,
    config: configOf(''),
    pins: ['ssh-ed25519 AAAA', 'ssh-rsa BBBB'],
    stateDir: '/state',
    env: { SSH_AUTH_SOCK: '/agent' },
    via: undefined,
  };
  const name = socketName(identity);

  test('tells nothing, and has 33 characters', () => {
    expect(name).toMatch(socketNamePattern);
    expect(name).toHaveLength(33);
  });

  test('is the same for the same, in whatever order pins are listed and whatever else is in the environment', () => {
    const env = { ...identity.env, TERM: 'dumb' };
    expect(socketName({ ...identity, env, pins: [...identity.pins].reverse() })).toBe(name);
  });

  test.each([
    ['configuration', { config: configOf('proxycommand nc web 22') }],
    ['identity file', { target: { ...identity.target, identityFile: '/key' } }],
    ['pins', { pins: ['ssh-ed25519 AAAA'] }],
    ['known hosts', { stateDir: '/other' }],
    ['agent', { env: { SSH_AUTH_SOCK: '/other' } }],
    ['tickets', { env: { ...identity.env, KRB5CCNAME: '/tmp/krb5cc_1' } }],
    ['jump host', { via: '0123' }],
  ])('is another one with other %s, of the same owner', (_what, change) => {
    const other = socketName({ ...identity, ...change });
    expect(other).not.toBe(name);
    expect(other.startsWith(ownerPart('web-1'))).toBe(true);
  });

  test('tells a host from a jump host of that name', () => {
    expect(ownerPart('web-1', 'web-1')).not.toBe(ownerPart('web-1'));
    expect(ownerPart('web-1', 'bastion')).toBe(ownerPart('web-2', 'bastion'));
  });
});

describe('the right to start a master', () => {
  let directory: string;
  let socket: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'starts-'));
    socket = join(directory, 'socket');
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));
  const age = async (seconds: number) => {
    const then = Date.now() / 1000 - seconds;
    await utimes(startFile(socket), then, then);
  };

  test('is given to one, until it is given back', async () => {
    const claims = await Promise.all([1, 2, 3, 4].map(() => claimStart(socket)));
    expect(claims.filter(Boolean)).toHaveLength(1);
    expect(await isStarting(socket)).toBe(true);
    await forgetStart(socket);
    expect(await isStarting(socket)).toBe(false);
    expect(await claimStart(socket)).toBe(true);
  });

  test('is given again when whoever had it was not heard of for a minute', async () => {
    await claimStart(socket);
    await age(59);
    expect(await claimStart(socket)).toBe(false);
    await age(61);
    expect(await isStarting(socket)).toBe(false);
    expect(await claimStart(socket)).toBe(true);
  });

  test('is not given for ten minutes after a failure', async () => {
    await claimStart(socket);
    await noteFailedStart(socket);
    expect(await isStarting(socket)).toBe(false);
    await age(599);
    expect(await claimStart(socket)).toBe(false);
    await age(601);
    expect(await claimStart(socket)).toBe(true);
  });

  test('is given when the clock was far ahead at the last failure', async () => {
    await noteFailedStart(socket);
    await age(-86_400);
    expect(await claimStart(socket)).toBe(true);
  });
});
