// How often a read waits for its host over a kept connection: counted by a proxy that holds everything back, never timed.
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import Docker from 'dockerode';
import { pack } from 'tar-stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { z } from 'zod';
import { startDelayProxy, type DelayProxy } from '../../bench/delay-proxy.ts';
import type { OccEvent } from '../../src/events.ts';
import { keptConnections } from '../../src/hosts/kept-connections.ts';
import { loadInventory } from '../../src/hosts/load-inventory.ts';
import { openHost } from '../../src/hosts/open-host.ts';
import { usersFile } from '../../src/ops/image/layout.ts';
import { labels } from '../../src/ops/labels.ts';
import type { HostOperation } from '../../src/ops/operation.ts';
import { registry } from '../../src/ops/registry.ts';
import { RuntimeBase } from '../lab/runtime-base.ts';
import { makeClient, nobody, type ClientDirectory } from './sshd-client.ts';
import { makeKey, publicKey, startSshd, type Sshd } from './sshd-server.ts';

/** Far more than a question takes to be answered and the next one to be asked, so that turns stay apart. */
const roundTripMs = 300;

const baseImage = 'debian:bookworm-slim';
/** Carries the label of an image that occ made. */
const image = 'turns-image:latest';
const running = 'turns-running';
/** Of an earlier occ: without the file that names the users. */
const old = 'turns-old';
const foreign = 'turns-foreign';
const users = [{ name: 'alice', enabled: true }];
const engine = new Docker({ socketPath: '/var/run/docker.sock' });

let client: ClientDirectory;
let sshd: Sshd;
let proxy: DelayProxy;
let runtime: RuntimeBase;

beforeAll(async () => {
  client = await makeClient();
  runtime = await RuntimeBase.make();
  await mkdir(runtime.sockets, { mode: 0o700 });
  const identityFile = await makeKey(join(client.path, 'id'));
  sshd = await startSshd({ authorizedKeys: [await publicKey(identityFile)] });
  proxy = await startDelayProxy(sshd.port, roundTripMs);
  await client.configure(
    `Host *\n  HostKeyAlias far\n  IdentityFile ${identityFile}\n  IdentitiesOnly yes`,
  );
  await client.know(`far ${await sshd.hostKey()}`);
  await makeImage();
  await Promise.all([
    startService(running, running, usersFile),
    startService(old, old),
    startService(foreign, 'another'),
  ]);
  await ask('status', 'turns-absent');
  await untilKept();
});

afterAll(async () => {
  for (const name of [running, old, foreign])
    await engine.getContainer(name).remove({ force: true });
  await engine.getImage(image).remove();
  await runtime[Symbol.asyncDispose]();
  await proxy.close();
  await sshd.stop();
  await client.remove();
});

describe('over a kept connection', () => {
  test('status of a host without the service takes two turns', async () => {
    const { turns, answer } = await ask('status', 'turns-absent');
    expect(answer).toMatchObject({
      state: 'absent',
      system: { docker: expect.any(String) as string },
    });
    expect(turns).toBe(2);
  });

  test('status of a running service takes two', async () => {
    const { turns, answer } = await ask('status', running);
    expect(answer).toMatchObject({ state: 'running', image: { ref: image }, users });
    expect(turns).toBe(2);
  });

  test('the users take two', async () => {
    const { turns, answer } = await ask('user.list', running);
    expect(answer).toEqual({ users });
    expect(turns).toBe(2);
  });

  test('the log takes two', async () => {
    const { turns, events } = await ask('logs', running);
    expect(events).toEqual([expect.objectContaining({ type: 'line', text: 'ready' })]);
    expect(turns).toBe(2);
  });

  test('the users of an image of an earlier occ are told by a process, which takes longer', async () => {
    const { turns, answer } = await ask('user.list', old);
    expect(answer).toEqual({ users });
    expect(turns).toBe(4);
  });
});

test('an engine that is remembered where none is any more costs time, and nothing else', async () => {
  const right = await ask('status', running);
  await remember('/run/gone.sock');
  expectSame(right, await ask('status', running));
  expectSame(right, await ask('status', running));
});

test('nothing is started in a container that is somebody else’s, and nothing told of it', async () => {
  await expect(ask('user.list', foreign)).rejects.toMatchObject({ code: 'docker.conflict' });
  await expect(ask('status', foreign)).rejects.toMatchObject({ code: 'docker.conflict' });
  await expect(ask('logs', foreign)).rejects.toMatchObject({ code: 'docker.conflict' });
  expect(await changesIn(foreign)).not.toContain('/entered');
  // The same command leaves its mark where it was started.
  expect(await changesIn(old)).toContain('/entered');
});

type AnyHostOperation = HostOperation<z.ZodObject, unknown, unknown>;

interface Asked {
  readonly turns: number;
  readonly answer: unknown;
  readonly events: readonly OccEvent[];
}

/** Runs a read as a command of its own does; what closing takes is not counted. */
async function ask(name: 'status' | 'user.list' | 'logs', container: string): Promise<Asked> {
  const operation = (await registry[name]()) as AnyHostOperation;
  const env = { PATH: process.env['PATH'], HOME: client.path };
  const file = join(client.path, 'inventory.yaml');
  const far = {
    address: `127.0.0.1:${proxy.port}`,
    ssh_config: client.configFile,
    container_name: container,
  };
  await writeFile(file, stringify({ version: 1, hosts: { far } }));
  const place = { file, env, cwd: client.path, home: client.path };
  const inventory = await loadInventory({ ...place, mustExist: true });
  const { signal } = new AbortController();
  const options = { signal, prompter: nobody, stateDir: client.stateDir, env };
  await using host = openHost(inventory, 'far', { ...options, runtimeDir: runtime.sockets });
  const events: OccEvent[] = [];
  const context = {
    ...{ host, signal, prompter: nobody, inventory },
    emit: (event: OccEvent) => void events.push(event),
  };
  await untilQuiet();
  const input = operation.input.parse({});
  const answer: unknown = await operation.run?.(context, input, undefined);
  return { turns: await proxy.takeTurns(), answer, events };
}

/** Both are status of one service, which went on running. */
function expectSame(one: Asked, other: Asked): void {
  const steady = ({ answer }: Asked) => ({ ...(answer as object), uptimeSeconds: 0 });
  expect(steady(other)).toEqual(steady(one));
}

/** Paths that differ from the image. */
async function changesIn(container: string): Promise<readonly string[]> {
  const changes: unknown = await engine.getContainer(container).changes();
  return (changes as { readonly Path: string }[]).map(({ Path }) => Path);
}

/** Makes occ remember another place for the engine of the host, as if it had moved since. */
async function remember(path: string): Promise<void> {
  const directory = join(client.stateDir, 'engines');
  const [name, ...more] = await readdir(directory);
  if (name === undefined || more.length > 0) throw new Error('one host was to be remembered');
  const file = join(directory, name);
  const known = JSON.parse(await readFile(file, 'utf8')) as object;
  await writeFile(file, JSON.stringify({ ...known, endpoint: { path } }));
}

async function makeImage(): Promise<void> {
  const base = await engine.createContainer({ Image: baseImage });
  const [repo, tag] = image.split(':');
  await base.commit({ repo, tag, changes: `LABEL ${labels.version}=0.1.0` });
  await base.remove();
}

/**
 * A container that looks like occ's: its labels, a log, and the command that tells the users.
 * @param instance - the container that its label names; another one makes it somebody else's
 * @param names - where the users are named in a file, if anywhere
 */
async function startService(name: string, instance: string, names?: string): Promise<void> {
  const container = await engine.createContainer({
    name,
    Image: image,
    Cmd: ['sh', '-c', 'echo ready; exec sleep infinity'],
    Labels: { [labels.instance]: instance },
    HostConfig: { Init: true },
  });
  const tar = pack();
  tar.entry(
    { name: 'usr/local/sbin/occ-users', mode: 0o755 },
    '#!/bin/sh\n>/entered; [ "$*" = list ] && printf \'alice\\tenabled\\n\'\n',
  );
  if (names !== undefined) tar.entry({ name: names.slice(1) }, 'alice\tenabled\n');
  tar.finalize();
  await container.putArchive(Readable.from(tar), { path: '/' });
  await container.start();
}

/** The goodbyes of the last command are on their way, and the ends of what it gave up. */
async function untilQuiet(): Promise<void> {
  do await delay(2 * roundTripMs);
  while ((await proxy.takeTurns()) > 0);
}

/** The connection is kept in the background. */
async function untilKept(): Promise<void> {
  const deadline = Date.now() + 30_000;
  while ((await keptConnections(runtime.sockets)).count === 0) {
    if (Date.now() > deadline) throw new Error('no connection was kept');
    await delay(50);
  }
  await untilQuiet();
}
