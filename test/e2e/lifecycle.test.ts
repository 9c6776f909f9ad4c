// The life of the service, on this machine and on a remote one with the same code: what changes it and what does not.
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { DockerError, LockedError } from '../../src/errors.ts';
import type { ContainerInfo } from '../../src/hosts/engine.ts';
import { containerSpec, volumeNames } from '../../src/ops/container/spec.ts';
import { authorization, failureOf, Fleet, labEntry, login, only, statusOf } from './fleet.ts';
import { occupied } from './occupied.ts';

const lab = inject('lab');
const remote = lab.hosts.find(({ kind }) => kind === 'bookworm') ?? lab.hosts[0];
if (!remote) throw new Error('the lab has no host');
const remoteName = remote.name;
const containerName = 'ops-life';
const settings = { container_name: containerName, port: 13_071 };
let fleet: Fleet;
let imageRef: string;

beforeAll(async () => {
  fleet = await Fleet.of({
    local: settings,
    [remoteName]: labEntry(lab.sshConfigFile, settings),
  });
  imageRef = await fleet.provideImage(remote);
});

afterAll(async () => {
  await fleet[Symbol.asyncDispose]();
});

async function containerOf(host: string, name = containerName): Promise<ContainerInfo | undefined> {
  await using opened = await fleet.open(host);
  return await (await opened.engine()).inspectContainer(name);
}

async function sessions(url: string): Promise<readonly string[]> {
  const response = await fetch(`${url}/session`, { headers: authorization(login.password) });
  return ((await response.json()) as { id: string }[]).map(({ id }) => id);
}

async function createSession(url: string): Promise<string> {
  const headers = { ...authorization(login.password), 'content-type': 'application/json' };
  const body = JSON.stringify({ title: 'kept' });
  const response = await fetch(`${url}/session`, { method: 'POST', headers, body });
  return ((await response.json()) as { id: string }).id;
}

describe.each(['local', remoteName])('on %s', (name) => {
  test('before the first start there is nothing, and it says how to begin', async () => {
    const status = await fleet.run('status', [name]);
    expect(status.report.outcomes[0]).toMatchObject({ ok: true, value: { failed: true } });
    expect(only(status).value).toMatchObject({ state: 'absent', users: undefined });
    const restart = failureOf(await fleet.run('restart', [name]), name);
    expect(restart.error).toMatchObject({ code: 'docker.not-found', host: name });
    expect(restart.error.hint).toContain(`occ --host ${name} start`);
    const stop = only(await fleet.run('stop', [name]));
    expect(stop).toMatchObject({ changed: false, value: { state: 'absent' } });
  });

  test('a dry run tells the steps and changes nothing', async () => {
    const { report } = await fleet.run('start', [name], {}, { dryRun: true });
    const outcome = report.outcomes[0];
    expect(outcome?.ok && outcome.value.plan).toEqual([
      `make sure that the volumes ${containerName}-* exist`,
      `create container ${containerName} from ${imageRef}`,
      `start container ${containerName}`,
      `wait until ${containerName} is healthy`,
    ]);
    expect(await containerOf(name)).toBeUndefined();
  });

  test('a port that a program on that host has is refused, and nothing is left', async () => {
    await using host = await fleet.open(name);
    await using taken = await occupied(host, settings.port);
    expect(taken).toBeDefined();
    const { error } = failureOf(await fleet.run('start', [name]), name);
    expect(error).toMatchObject({ code: 'docker.port-taken', host: name });
    expect(error.hint).toContain('config set port');
    expect(await containerOf(name)).toBeUndefined();
  });

  test('start makes it healthy, behind a login', async () => {
    const started = await fleet.run('start', [name]);
    expect(only(started)).toMatchObject({
      changed: true,
      value: { state: 'running', health: 'healthy', users: [], exposed: false },
    });
    const hint = `occ --host ${name} user add NAME`;
    expect(started.events).toContainEqual(
      expect.objectContaining({
        type: 'notice',
        message: expect.stringContaining(hint) as string,
      }),
    );
    await fleet.addUser(name);
    await fleet.reach(name, async (url) => {
      expect(await statusOf(url)).toBe(401);
      expect(await statusOf(url, 'wrong')).toBe(401);
      expect(await statusOf(url, login.password)).toBe(200);
    });
  });

  test('a second start changes nothing', async () => {
    const before = await containerOf(name);
    expect(only(await fleet.run('start', [name])).changed).toBe(false);
    expect(await containerOf(name)).toEqual(before);
  });

  test('status tells what runs there', async () => {
    const status = await fleet.run('status', [name]);
    expect(status.report.outcomes[0]).toMatchObject({ ok: true, value: { failed: false } });
    const { value } = only(status);
    expect(value).toMatchObject({
      state: 'running',
      health: 'healthy',
      url: `http://127.0.0.1:${settings.port}`,
      exposed: false,
      users: [{ name: login.user, enabled: true }],
      image: { ref: imageRef, occVersion: value['occVersion'] },
    });
    expect(value['opencodeVersion']).toMatch(/^\d+\.\d+\.\d+/);
  });

  test('logs shows the last lines', async () => {
    const { report, events } = await fleet.run('logs', [name], { tail: 2, timestamps: true });
    expect(report.outcomes[0]?.ok).toBe(true);
    const lines = events.filter((event) => event.type === 'line');
    expect(lines.length).toBe(2);
    expect(lines[0]?.time).toMatch(/^\d{4}-\d\d-\d\dT/);
  });

  test('logs that are followed end with the signal', async () => {
    const controller = new AbortController();
    const overrides = { signal: controller.signal, emit: () => controller.abort() };
    const { report } = await fleet.run('logs', [name], { follow: true }, overrides);
    expect(report).toMatchObject({ interrupted: true, outcomes: [{ ok: true }] });
  });

  test('a session survives a restart and a container that is removed and made again', async () => {
    const id = await fleet.reach(name, createSession);
    expect(id).toMatch(/^ses/);
    expect(only(await fleet.run('restart', [name])).changed).toBe(true);
    expect(await fleet.reach(name, sessions)).toContain(id);
    const removed = only(await fleet.run('stop', [name], { remove: true }));
    expect(removed.value).toMatchObject({ state: 'absent', volumes: volumeNames(containerName) });
    expect(await containerOf(name)).toBeUndefined();
    expect(only(await fleet.run('start', [name])).changed).toBe(true);
    expect(await fleet.reach(name, sessions)).toContain(id);
  });

  test('changed settings replace the container', async () => {
    const before = await containerOf(name);
    fleet.set(name, { port: settings.port + 1 });
    const { changed, value } = only(await fleet.run('start', [name]));
    expect(changed).toBe(true);
    expect(value['url']).toBe(`http://127.0.0.1:${settings.port + 1}`);
    expect((await containerOf(name))?.id).not.toBe(before?.id);
    expect(await containerOf(name, `${containerName}-previous`)).toBeUndefined();
  });

  test('when the new container does not become healthy in time, the old one is put back', async () => {
    const before = await containerOf(name);
    fleet.set(name, { port: settings.port + 2, health_timeout: 1 });
    const ran = await fleet.run('start', [name]);
    fleet.set(name, { port: settings.port + 1, health_timeout: 120 });
    const { error, changed } = failureOf(ran, name);
    expect(error).toMatchObject({ code: 'docker.unhealthy', host: name });
    expect(error.message).toContain('Its last log lines:');
    expect(changed).toBe(true);
    expect(await containerOf(name)).toMatchObject({ id: before?.id, state: 'running' });
    expect(await containerOf(name, `${containerName}-previous`)).toBeUndefined();
    expect(only(await fleet.run('restart', [name])).value).toMatchObject({ health: 'healthy' });
  });

  test('of two operators at once one proceeds and the other is told', async () => {
    const both = await Promise.all([
      fleet.run('restart', [name], {}, { operator: 'alice@one' }),
      fleet.run('restart', [name], {}, { operator: 'bob@two' }),
    ]);
    const outcomes = both.map(({ report }) => report.outcomes[0]);
    const refused = outcomes.flatMap((outcome) => (outcome && !outcome.ok ? [outcome.error] : []));
    expect(refused).toHaveLength(1);
    expect(refused[0]).toBeInstanceOf(LockedError);
    expect(refused[0]?.message).toMatch(/(alice@one|bob@two) has been running "restart" since/);
  });

  test('stop and start again keep the container', async () => {
    const before = await containerOf(name);
    expect(only(await fleet.run('stop', [name]))).toMatchObject({
      changed: true,
      value: { state: 'stopped' },
    });
    const status = await fleet.run('status', [name]);
    expect(status.report.outcomes[0]).toMatchObject({ ok: true, value: { failed: true } });
    expect(only(await fleet.run('stop', [name])).changed).toBe(false);
    expect(only(await fleet.run('start', [name])).changed).toBe(true);
    expect((await containerOf(name))?.id).toBe(before?.id);
  });

  test('a port that another container publishes is named with that container', async () => {
    await using host = await fleet.open(name);
    const engine = await host.engine();
    const other = 'ops-taker';
    const port = settings.port + 5;
    const target = { bind_address: '127.0.0.1', container_name: other, port };
    await engine.createContainer(other, {
      ...containerSpec(target, imageRef),
      labels: {},
      volumes: [],
      restartPolicy: 'no',
    });
    try {
      await engine.startContainer(other);
      fleet.set(name, { port });
      const ran = await fleet.run('start', [name]);
      fleet.set(name, { port: settings.port + 1 });
      expect(failureOf(ran, name).error).toMatchObject({
        code: 'docker.port-taken',
        message: expect.stringContaining(`container ${other}`) as string,
      });
    } finally {
      await engine.stopContainer(other, 1);
      await engine.removeContainer(other);
    }
  });

  test('a container of that name that is not ours is left alone', async () => {
    await using host = await fleet.open(name);
    const engine = await host.engine();
    const foreign = 'ops-foreign';
    const target = { bind_address: '127.0.0.1', container_name: foreign, port: settings.port + 6 };
    await engine.createContainer(foreign, {
      ...containerSpec(target, imageRef),
      labels: {},
      volumes: [],
    });
    try {
      const before = await engine.inspectContainer(foreign);
      fleet.set(name, { container_name: foreign });
      for (const operation of ['start', 'stop', 'restart', 'status'] as const) {
        const ran = await fleet.run(operation, [name]);
        const { error } = failureOf(ran, name);
        expect(error).toBeInstanceOf(DockerError);
        expect(error.code).toBe('docker.conflict');
      }
      expect(await engine.inspectContainer(foreign)).toEqual(before);
    } finally {
      fleet.set(name, { container_name: containerName });
      await engine.removeContainer(foreign);
    }
  });
});
