// occ open: the web UI of a remote host on a port of this machine, for as long as it runs.
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { OccEvent } from '../../src/events.ts';
import { stablePort } from '../../src/ops/open/stable-port.ts';
import { failureOf, Fleet, labEntry, login, statusOf } from './fleet.ts';

const lab = inject('lab');
const remote = lab.hosts.find(({ kind }) => kind === 'trixie') ?? lab.hosts[0];
if (!remote) throw new Error('the lab has no host');
const { name } = remote;
const entry = { container_name: 'ops-open', port: 13_091 };
let fleet: Fleet;

beforeAll(async () => {
  fleet = await Fleet.of({ local: entry, [name]: labEntry(lab.sshConfigFile, entry) });
  await fleet.provideImage(remote);
});

afterAll(async () => {
  await fleet[Symbol.asyncDispose]();
});

/** Opens a host and calls `use` with its URL; answers the report after the interruption. */
async function whileOpen(
  host: string,
  input: Record<string, unknown>,
  use: (url: string) => Promise<void>,
) {
  const controller = new AbortController();
  let ready: (url: string) => void = () => undefined;
  const url = new Promise<string>((resolve) => (ready = resolve));
  const emit = (event: OccEvent) => {
    if (event.type === 'ready') ready(event.url);
  };
  const running = fleet.run('open', [host], input, { signal: controller.signal, emit });
  const ended = running.then(({ report }) => {
    throw new Error(`it ended before it was ready: ${JSON.stringify(report.outcomes)}`);
  });
  try {
    await use(await Promise.race([url, ended]));
  } finally {
    ended.catch(() => undefined);
    controller.abort();
  }
  return (await running).report;
}

test('a host without the service says how to start it', async () => {
  const ran = await fleet.run('open', [name]);
  expect(failureOf(ran, '').error).toMatchObject({ code: 'docker.not-found', host: name });
});

test('an unknown host is refused', async () => {
  const ran = await fleet.run('open', [name], { host: `${name}x` });
  const { error } = failureOf(ran, '');
  expect(error).toMatchObject({ code: 'usage', hint: `Did you mean ${name}?` });
});

test('the UI of a remote host asks for the login on its stable local port, until the interruption', async () => {
  const [outcome] = (await fleet.run('start', [name])).report.outcomes;
  expect(outcome).toMatchObject({ ok: true });
  await fleet.addUser(name);
  const port = stablePort(name, (await fleet.inventory()).hostNames);
  const report = await whileOpen(name, {}, async (url) => {
    expect(url).toBe(`http://127.0.0.1:${port}`);
    expect(await statusOf(url)).toBe(401);
    expect(await statusOf(url, 'wrong')).toBe(401);
    expect(await statusOf(url, login.password)).toBe(200);
    const many = Array.from({ length: 40 }, () => statusOf(url, login.password));
    expect(new Set(await Promise.all(many))).toEqual(new Set([200]));
  });
  expect(report).toMatchObject({ interrupted: true, outcomes: [{ ok: true }] });
  const [error] = (await once(connect(port, '127.0.0.1'), 'error')) as [NodeJS.ErrnoException];
  expect(error.code).toBe('ECONNREFUSED');
});

test('two at once need two ports', async () => {
  await whileOpen(name, {}, async () => {
    const ran = await fleet.run('open', [name]);
    expect(failureOf(ran, '').error).toMatchObject({ code: 'tunnel.port-taken' });
  });
  await whileOpen(name, { port: 13_099 }, async (url) => {
    expect(url).toBe('http://127.0.0.1:13099');
    expect(await statusOf(url)).toBe(401);
  });
});
