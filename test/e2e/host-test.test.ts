// The doctor of a host against real servers: what is well, and for each fault the step, the cause and the line that mends it.
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { stringify } from 'yaml';
import { run } from '../../scripts/lib/run.mjs';
import { loadInventory } from '../../src/hosts/load-inventory.ts';
import { openHost } from '../../src/hosts/open-host.ts';
import { operation, type HostTest } from '../../src/ops/host/host-test.ts';
import type { TestStep } from '../../src/ops/host/test-step.ts';
import { runOperation } from '../../src/ops/runner.ts';
import type { Prompter } from '../../src/prompter.ts';
import { makeClient, nobody, Person, type ClientDirectory } from '../contract/sshd-client.ts';
import { freePort, makeKey, publicKey, startSshd, type Sshd } from '../contract/sshd-server.ts';
import { engineStopped, packetsDropped, sshdStopped } from '../lab/faults.ts';
import { labUsers, typistPassword, type LabHost } from '../lab/lab-hosts.ts';
import { BuiltOcc } from './built-occ.ts';
import { labEntry, type HostEntry } from './fleet.ts';

const lab = inject('lab');

function entryOf(host: LabHost, user: string, more: HostEntry = {}): HostEntry {
  const address = `${user}@${host.name}`;
  return labEntry(lab.sshConfigFile, { address, identity_file: host.identityFile, ...more });
}

/** The results, by host. Without a fleet, which cleans up on hosts that cannot be reached here. */
async function testAll(
  hosts: Record<string, HostEntry>,
  prompter: Prompter = nobody,
): Promise<Record<string, HostTest>> {
  const directory = await mkdtemp(join(tmpdir(), 'occ-doctor-'));
  const file = join(directory, 'inventory.yaml');
  await writeFile(file, stringify({ version: 1, hosts }), { mode: 0o600 });
  const env = process.env;
  const inventory = await loadInventory({ file, env, cwd: directory, home: homedir() });
  const options = { prompter, stateDir: join(directory, 'state'), env };
  const report = await runOperation(operation, {
    ...{ inventory, selected: Object.keys(hosts), explicitSelection: true, input: { names: [] } },
    ...{ dryRun: false, yes: false, emit: () => undefined, prompter },
    signal: new AbortController().signal,
    openHost: (name, other = inventory, signal) => openHost(other, name, { ...options, signal }),
  });
  await rm(directory, { recursive: true, force: true });
  return Object.fromEntries(
    report.outcomes.map((outcome) => {
      if (!outcome.ok) throw outcome.error;
      return [outcome.host, outcome.value.result as HostTest];
    }),
  );
}

async function testOne(entry: HostEntry): Promise<HostTest> {
  const { web } = await testAll({ web: entry });
  if (web === undefined) throw new Error('no result');
  return web;
}

function stepOf(result: HostTest | undefined, name: string, jump?: string): TestStep {
  const step = result?.steps.find((one) => one.name === name && one.jump === jump);
  if (step === undefined) throw new Error(`no step ${name} in ${JSON.stringify(result)}`);
  return step;
}

/** The only step that failed. */
function failureOf(result: HostTest | undefined): TestStep | undefined {
  const failures = result?.steps.filter(({ outcome }) => outcome === 'failed') ?? [];
  expect(failures).toHaveLength(1);
  return failures[0];
}

const way = ['config', 'resolve', 'tcp', 'banner', 'host key', 'authentication'];
const rest = [
  ...['shell', 'sessions', 'forwarding', 'sudo', 'docker', 'api'],
  ...['storage', 'disk', 'clock', 'systemd', 'lingering', 'container'],
];

describe.each(lab.hosts)('$name', (host) => {
  test('each way to Docker is told, and what is missing where there is none', async () => {
    const users = Object.values(labUsers);
    const results = await testAll(
      Object.fromEntries(users.map((user) => [user, entryOf(host, user)])),
    );
    const { ops, sudoer, guest, typist, environ, rootless } = results;
    expect(ops?.ok).toBe(true);
    expect(ops?.steps.map(({ name }) => name)).toEqual([...way, ...rest]);
    const words = Object.fromEntries(ops?.steps.map(({ name, detail }) => [name, detail]) ?? []);
    expect(words).toMatchObject({
      config: `ops@127.0.0.1:${host.port}`,
      resolve: '127.0.0.1',
      'host key': `ssh-ed25519 ${host.hostKeyFingerprint}`,
      sessions: '4 commands at once on one connection',
      forwarding: 'Unix sockets forwarded, TCP ports forwarded',
      sudo: 'sudo without a password; Docker needs none',
      docker: '/var/run/docker.sock (found), directly',
      clock: 'agrees with this machine',
    });
    expect(words['authentication']).toMatch(/^ops with .*login_key/);
    expect(words['banner']).toMatch(/^SSH-2.0-OpenSSH_/);
    expect(words['api']).toMatch(/^API 1\.\d+, Docker Engine \d+\./);
    expect(words['systemd']).toMatch(/^systemd \d+ \w+, user services running$/);
    expect(stepOf(ops, 'lingering')).toMatchObject({
      outcome: 'warning',
      fix: expect.stringContaining('On ops: sudo loginctl enable-linger ops') as string,
    });

    expect(sudoer?.ok).toBe(true);
    expect(stepOf(sudoer, 'docker').detail).toMatch(/through (socat|perl) with sudo$/);
    expect(stepOf(sudoer, 'sudo')).toMatchObject({
      outcome: 'ok',
      detail: 'sudo without a password',
    });
    expect(stepOf(environ, 'docker').detail).toContain('(DOCKER_HOST)');
    expect(stepOf(rootless, 'docker').detail).toContain('(found, rootless)');
    expect(stepOf(rootless, 'lingering').outcome).toBe('ok');
    for (const [user, result] of Object.entries({ guest, typist })) {
      expect(failureOf(result)).toMatchObject({
        name: 'docker',
        code: 'docker.permission',
        fix: expect.stringContaining(`sudo usermod -aG docker ${user}`) as string,
      });
      expect(stepOf(result, 'sudo')).toMatchObject({ outcome: 'warning' });
      expect(stepOf(result, 'sudo').fix).toContain(`${user} ALL=(ALL) NOPASSWD: ALL`);
      expect(stepOf(result, 'api')).toMatchObject({ outcome: 'skipped', detail: 'needs docker' });
      expect(stepOf(result, 'systemd').outcome).toBe('ok');
    }
  });

  test('a password for sudo is asked for once, and the line that makes it needless is told', async () => {
    const person = new Person(typistPassword);
    const { typist } = await testAll({ typist: entryOf(host, 'typist') }, person);
    expect(typist?.ok).toBe(true);
    expect(person.questions).toHaveLength(1);
    expect(stepOf(typist, 'docker').detail).toMatch(/through (socat|perl) with sudo$/);
    const { outcome, detail, fix } = stepOf(typist, 'sudo');
    expect(outcome).toBe('warning');
    expect(detail).toBe('sudo with a password, which is asked for to reach Docker');
    expect(fix).toContain('typist ALL=(ALL) NOPASSWD: ALL');
    expect(fix).toContain('sudo usermod -aG docker typist');
  });

  test('sshd stopped: the stage is tcp, and the way to start it is told', async () => {
    await using fault = await sshdStopped(host);
    expect(fault).toBeDefined();
    const direct = await addressOf(host);
    const result = await testOne(entryOf(host, 'ops', { address: `ops@${direct}:22` }));
    expect(failureOf(result)).toMatchObject({
      name: 'tcp',
      code: 'connect.refused',
      fix: expect.stringContaining('sudo systemctl enable --now ssh') as string,
    });
    expect(stepOf(result, 'container')).toMatchObject({ outcome: 'skipped', detail: 'needs tcp' });
  });

  test('engine stopped: everything but Docker is still examined', async () => {
    await using fault = await engineStopped(host);
    expect(fault).toBeDefined();
    const result = await testOne(entryOf(host, 'ops'));
    expect(failureOf(result)).toMatchObject({
      name: 'docker',
      code: 'docker.not-running',
      // The rootless engine of another user goes on, so it may be that one that was meant.
      fix: expect.stringMatching(/sudo systemctl start docker|config set docker_socket/) as string,
    });
    expect(stepOf(result, 'sudo')).toMatchObject({ outcome: 'ok' });
    // The engine's socket is gone; another one tells.
    expect(stepOf(result, 'forwarding').detail).toBe('Unix sockets forwarded, TCP ports forwarded');
  });

  test('packets that vanish: the stage that waited', async () => {
    await using fault = await packetsDropped(host);
    expect(fault).toBeDefined();
    const direct = await addressOf(host);
    const address = `ops@${direct}:22`;
    const result = await testOne(entryOf(host, 'ops', { address, connect_timeout: 2 }));
    expect(failureOf(result)).toMatchObject({ name: 'tcp', code: 'connect.timeout' });
  });
});

/** Past the engine's proxy, which accepts every connection. */
function addressOf({ containerId }: LabHost): Promise<string> {
  const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}';
  return run(['docker', 'inspect', '--format', format, containerId]);
}

describe('servers with other configurations', () => {
  let directory = '';
  let key = '';
  let client: ClientDirectory;
  let plain: Sshd;
  let strict: Sshd;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'occ-doctor-'));
    await writeFile(join(directory, '.bashrc'), 'echo Welcome to this host\n');
    key = await makeKey(join(directory, 'id'));
    const authorizedKeys = [await publicKey(key)];
    plain = await startSshd({ authorizedKeys });
    const config = [
      ...['AllowStreamLocalForwarding no', 'AllowTcpForwarding no', 'MaxSessions 1'],
      `SetEnv HOME=${directory} SHELL=/bin/bash`,
    ];
    strict = await startSshd({ authorizedKeys, config });
    client = await makeClient();
    await client.know(
      `[127.0.0.1]:${plain.port} ${await plain.hostKey()}`,
      `[127.0.0.1]:${strict.port} ${await strict.hostKey()}`,
    );
    await client.configure(`Host *\n  IdentityFile ${key}\n  IdentitiesOnly yes`);
  });

  afterAll(async () => {
    await Promise.all([plain.stop(), strict.stop()]);
    await client.remove();
    await rm(directory, { recursive: true, force: true });
  });

  function entry(port: number, more: HostEntry = {}): HostEntry {
    return { address: `${plain.user}@127.0.0.1:${port}`, ssh_config: client.configFile, ...more };
  }

  test('nothing forwarded, one session, a talkative shell: warnings with the lines to change', async () => {
    const result = await testOne(entry(strict.port));
    expect(result.ok).toBe(true);
    const { fix, detail } = stepOf(result, 'forwarding');
    expect(detail).toMatch(/^Unix sockets not forwarded, carried by (socat|perl), TCP ports not/);
    expect(fix).toContain('On web: in /etc/ssh/sshd_config: AllowStreamLocalForwarding yes');
    expect(fix).toContain('AllowTcpForwarding yes');
    expect(fix).toMatch(/reload/);
    expect(stepOf(result, 'docker').detail).toMatch(/through (socat|perl)$/);
    expect(stepOf(result, 'sessions')).toMatchObject({
      outcome: 'warning',
      detail: 'one command at once on one connection; for more, occ logs in again',
      fix: expect.stringContaining('in /etc/ssh/sshd_config: MaxSessions 10') as string,
    });
    const shell = stepOf(result, 'shell');
    expect(shell).toMatchObject({ outcome: 'warning' });
    expect(shell.detail).toContain('“Welcome to this host”');
    expect(shell.fix).toContain('case $- in *i*) ;; *) return ;; esac');
  });

  test('a key that may not log in, a host key that nobody knows, a server that is silent', async () => {
    const other = await makeKey(join(directory, 'other'));
    const stranger = await makeClient();
    const silent = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const results = await testAll({
      locked: entry(plain.port, { identity_file: other }),
      unknown: entry(plain.port, { ssh_config: stranger.configFile }),
      silent: entry(port, { connect_timeout: 1 }),
    });
    silent.close();
    await stranger.remove();
    expect(failureOf(results['locked'])).toMatchObject({
      name: 'authentication',
      code: 'connect.auth',
      fix: expect.stringContaining('ssh-copy-id') as string,
    });
    expect(failureOf(results['unknown'])).toMatchObject({
      name: 'host key',
      code: 'connect.host-key-unknown',
      fix: expect.stringContaining('occ host trust unknown') as string,
    });
    expect(failureOf(results['silent'])).toMatchObject({ name: 'banner', code: 'connect.timeout' });
    expect(results['silent']?.steps.slice(0, 4).map(({ outcome }) => outcome)).toEqual([
      ...['ok', 'ok', 'ok', 'failed'],
    ]);
  });

  test('a jump host has stages of its own; what fails there is told of it, and what fails behind it', async () => {
    const [closed, free] = [await freePort(), await freePort()];
    const [good, bad, forbids] = [plain.port, closed, strict.port].map(
      (port) => `${plain.user}@127.0.0.1:${port}`,
    );
    const results = await testAll({
      well: entry(strict.port, { proxy_jump: good ?? '' }),
      down: entry(strict.port, { proxy_jump: bad ?? '' }),
      forbidden: entry(plain.port, { proxy_jump: forbids ?? '' }),
      behind: entry(free, { proxy_jump: good ?? '' }),
    });
    // ssh -G of some versions puts the address in brackets.
    const plainName = (jump: string | undefined) => jump?.replaceAll(/[[\]]/g, '');
    const titles = results['well']?.steps.map(({ jump, name }) => [plainName(jump), name]);
    expect(titles?.slice(0, 11)).toEqual([
      [undefined, 'config'],
      ...way.map((name) => [good, name]),
      ...way.slice(2).map((name) => [undefined, name]),
    ]);
    expect(results['well']?.ok).toBe(true);
    const down = failureOf(results['down']);
    expect(down).toMatchObject({ name: 'tcp', code: 'connect.refused' });
    expect(plainName(down?.jump)).toBe(bad);
    expect(down?.detail).toContain('jump host ');
    expect(stepOf(results['down'], 'authentication').detail).toBe(`needs ${down?.jump}: tcp`);
    const refused = failureOf(results['forbidden']);
    expect(refused).toMatchObject({
      name: 'tcp',
      fix: expect.stringContaining('AllowTcpForwarding') as string,
    });
    expect(refused?.jump).toBeUndefined();
    expect(failureOf(results['behind'])).toMatchObject({ name: 'tcp', code: 'connect.refused' });
  });

  test('a server that only ssh itself can connect to: one step in place of those that it does not tell', async () => {
    const other = await makeClient();
    await writeFile(join(other.path, 'revoked'), '');
    await other.know(`[127.0.0.1]:${plain.port} ${await plain.hostKey()}`);
    await other.configure(
      `Host *\n  IdentityFile ${key}\n  RevokedHostKeys ${join(other.path, 'revoked')}`,
    );
    const result = await testOne(entry(plain.port, { ssh_config: other.configFile }));
    await other.remove();
    expect(result.ok).toBe(true);
    expect(result.steps.slice(0, 3).map(({ name }) => name)).toEqual([
      ...['config', 'connection', 'shell'],
    ]);
    expect(stepOf(result, 'connection').detail).toMatch(
      /by ssh itself: RevokedHostKeys .*one step/,
    );
  });

  test('the built command takes names, groups and --host, and tells by its exit code', async () => {
    const hosts = { web: entry(plain.port), gone: entry(await freePort()) };
    await using occ = await BuiltOcc.of(hosts);
    const well = await occ.run(['host', 'test', 'web']);
    expect(well, well.stderr).toMatchObject({ code: 0, stderr: '' });
    for (const name of [...way, ...rest]) {
      expect(well.stdout).toMatch(new RegExp(`^${name} +(ok|warning) +\\d+ ms `, 'm'));
    }
    expect(well.stdout).toMatch(/^web: \d+ of 18 ok.* in \d+ ms$/m);
    const { code, document } = await occ.json(['host', 'test', 'web', 'gone']);
    expect(code).toBe(4);
    expect(document).toMatchObject({
      operation: 'host.test',
      hosts: [
        { host: 'web', ok: true },
        { host: 'gone', ok: false },
      ],
    });
    expect(JSON.stringify(document)).toContain('connect.refused');
    // The first command left a connection that is kept: this one logged in all the same.
    expect(JSON.stringify(document)).toContain('"name":"authentication","outcome":"ok"');
    await occ.refuses(['host', 'test', 'wbe'], {
      exit: 2,
      code: 'usage',
      message: /wbe/,
      hint: /web/,
    });
  });
});

test('this machine: no stage of SSH, and everything else', async () => {
  const { local } = await testAll({ local: {} });
  expect(local?.ok).toBe(true);
  const expected = rest.filter((name) => !['sessions', 'forwarding'].includes(name));
  expect(local?.steps.map(({ name }) => name)).toEqual(expected);
});
