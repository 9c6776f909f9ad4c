// Oracle tests: occ's own reader of the SSH configuration against `ssh -G`, and what occ expands against what ssh does.
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { askSsh } from '../../../src/transport/ssh-config/ssh-config-ask.ts';
import {
  expandSshConfig,
  type SshConfig,
} from '../../../src/transport/ssh-config/ssh-config-expand.ts';
import type { ConfigDefaults } from '../../../src/transport/ssh-config/ssh-config-keywords.ts';
import { parseSshConfig } from '../../../src/transport/ssh-config/ssh-config-parse.ts';
import { readConfigSubset } from '../../../src/transport/ssh-config/ssh-config-subset.ts';
import { sshArguments } from '../../../src/transport/ssh-config/ssh-config.ts';
import type { SshTarget } from '../../../src/transport/ssh/ssh-target.ts';
import { configCases, type ConfigCase } from './ssh-config-cases.ts';

const configurations = 500;
const handshakes = 60;
const env = {
  PATH: process.env['PATH'],
  OCC_TEST_DIR: '/run/occ test',
  OCC_TEST_SOCKET: '/run/agent.%d.sock',
  SSH_AUTH_SOCK: '/run/default-agent',
};
const signal = new AbortController().signal;
let directory: string;
let defaults: ConfigDefaults;
let version: number | undefined;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'occ-oracle-'));
  const printed = await askSsh(['-T', '-G', '-F', '/dev/null', '--', 'x'], {
    host: 'x',
    signal,
    env,
  });
  const raw = parseSshConfig(printed.text);
  version = printed.version;
  // Versions of OpenSSH differ in these; how a configuration changes them does not differ.
  defaults = {
    kexalgorithms: raw.kexAlgorithms,
    ciphers: raw.ciphers,
    macs: raw.macs,
    hostkeyalgorithms: raw.hostKeyAlgorithms,
    pubkeyacceptedalgorithms: raw.pubkeyAcceptedAlgorithms,
    identityfile: raw.identityFiles,
    requiredrsasize: String(raw.requiredRsaSize),
  };
});
afterAll(() => rm(directory, { recursive: true }));

/** Writes a generated configuration with its included files, and returns what to connect to. */
async function targetOf(each: ConfigCase, index: number): Promise<SshTarget> {
  const place = join(directory, String(index));
  await mkdir(join(place, 'parts'), { recursive: true });
  for (const [name, text] of Object.entries(each.files)) {
    await writeFile(join(place, name), text.replaceAll('@DIR@', place), { mode: 0o600 });
  }
  return {
    ...each.target,
    host: 'web-1',
    configFile: join(place, 'config'),
    connectTimeoutSeconds: 9,
  };
}

async function fromSsh(target: SshTarget): Promise<SshConfig> {
  const printed = await askSsh(sshArguments(target), { host: 'web-1', signal, env });
  const originalHost = sshArguments(target).at(-1) ?? '';
  return expandSshConfig(parseSshConfig(printed.text), printed, { ...target, originalHost }, env);
}

async function fromSubset(target: SshTarget): Promise<SshConfig> {
  const { user, port, proxyJump, configFile } = target;
  const originalHost = sshArguments(target).at(-1) ?? '';
  const request = { originalHost, user, port, proxyJump, configFile };
  const printed = await readConfigSubset(request, { defaults });
  const raw = parseSshConfig(printed.text);
  return expandSshConfig(raw, { ...printed, version }, { ...target, originalHost }, env);
}

const settle = async <Value>(work: Promise<Value>): Promise<Value | 'refused'> =>
  work.catch(() => 'refused' as const);

/** Works on a few cases at a time. */
async function inTurns<Value>(
  cases: readonly ConfigCase[],
  work: (each: ConfigCase, index: number) => Promise<Value>,
): Promise<Value[]> {
  const outcomes: Value[] = [];
  for (let start = 0; start < cases.length; start += 6) {
    const some = cases.slice(start, start + 6).map((each, index) => work(each, start + index));
    outcomes.push(...(await Promise.all(some)));
  }
  return outcomes;
}

const seed = 1;

test(`${configurations} generated configurations (seed ${seed}): the subset agrees with ssh -G`, async () => {
  const outcomes = await inTurns(configCases(configurations, seed), async (each, index) => {
    const target = await targetOf(each, index);
    const [ssh, subset] = await Promise.all([settle(fromSsh(target)), settle(fromSubset(target))]);
    expect(subset, `case ${index}: ${JSON.stringify(each, undefined, 1)}`).toEqual(ssh);
    return ssh;
  });
  const accepted = outcomes.filter((outcome) => outcome !== 'refused');
  // A generator whose configurations are all refused, or all alike, would show nothing.
  expect(accepted.length).toBeGreaterThan(configurations * 0.8);
  expect(accepted.length).toBeLessThan(configurations);
  expect(new Set(accepted.map((config) => JSON.stringify(config))).size).toBeGreaterThan(
    accepted.length * 0.8,
  );
}, 120_000);

/** What `ssh -v` tells of a connection that a ProxyCommand ends at once. */
interface Told {
  readonly identityFiles: readonly string[];
  readonly certificateFiles: readonly string[];
  readonly knownHosts: readonly string[];
  readonly proxyCommand: string | undefined;
  readonly controlPath: string | undefined;
}

async function told(target: SshTarget): Promise<Told> {
  const argv = sshArguments(target).filter((word) => word !== '-G');
  const stderr = await new Promise<string>((resolve) => {
    const options = ['-vvv', '-o', 'BatchMode=yes', ...argv, 'true'];
    execFile('ssh', options, { env, timeout: 20_000 }, (_error, _out, err) => resolve(err));
  });
  const all = (pattern: RegExp): string[] =>
    [...stderr.matchAll(pattern)].map(([, text]) => text ?? '');
  return {
    identityFiles: all(/^debug1: identity file (.*) type -?\d+\r?$/gm),
    certificateFiles: all(/^debug1: certificate file (.*) type -?\d+\r?$/gm),
    knownHosts: all(/load_hostkeys: fopen (.*?): No such file/gm),
    proxyCommand: all(/^debug1: Executing proxy command: exec (.*?)\r?$/gm)[0],
    controlPath: all(/Control socket "(.*)" does not exist/gm)[0],
  };
}

test(`${handshakes} generated configurations (seed ${seed}): occ expands what ssh then uses`, async () => {
  const outcomes = await inTurns(configCases(handshakes, seed, 'connect'), async (each, index) => {
    const target = await targetOf(each, configurations + index);
    const [config, real] = await Promise.all([settle(fromSsh(target)), told(target)]);
    const text = JSON.stringify(each, undefined, 1);
    if (config === 'refused') {
      expect(real.proxyCommand, text).toBeUndefined();
      return 'refused';
    }
    const isCertificate = (file: string): boolean => file.endsWith('-cert');
    const identityFiles = real.identityFiles.filter((file) => !isCertificate(file));
    expect({ ...real, identityFiles }, text).toEqual({
      identityFiles: config.identityFiles,
      certificateFiles: config.certificateFiles,
      knownHosts: [...config.userKnownHostsFiles, ...config.globalKnownHostsFiles],
      proxyCommand: config.proxyCommand,
      controlPath: config.controlPath,
    });
    return 'compared';
  });
  const compared = outcomes.filter((outcome) => outcome === 'compared');
  expect(compared.length).toBeGreaterThan(handshakes / 2);
}, 120_000);
