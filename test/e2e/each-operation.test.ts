// Every operation through the built command, here and on a remote host: a dry run changes nothing, a second run has
// nothing to do, and --json is JSON.
import { fileURLToPath } from 'node:url';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { registry, type OperationName } from '../../src/ops/registry.ts';
import { BuiltOcc, errorIn, type Document } from './built-occ.ts';
import { Fleet, labEntry, login, statusOf } from './fleet.ts';
import { stateOn } from './target.ts';

const lab = inject('lab');
const remote = lab.hosts.find(({ kind }) => kind === 'trixie') ?? lab.hosts[0];
if (!remote) throw new Error('the lab has no host');
const containerName = 'claims-each';
const settings = { container_name: containerName, port: 13_131 };
let fleet: Fleet;
let file: string;
let occ: BuiltOcc;

beforeAll(async () => {
  fleet = await Fleet.of({
    local: settings,
    [remote.name]: labEntry(lab.sshConfigFile, settings),
  });
  await fleet.provideImage(remote);
  ({ file } = await fleet.inventory());
  occ = await BuiltOcc.with(file);
});

afterAll(async () => {
  await occ[Symbol.asyncDispose]();
  await fleet[Symbol.asyncDispose]();
});

/** A change, as it is typed. */
interface Change {
  readonly words: readonly string[];
  readonly stdin?: string;
  /** It does the same again each time, because that is what it is for. */
  readonly acts?: true;
}

const password = `${login.password}\n`;
const beforeReading: Partial<Record<OperationName, Change>> = {
  start: { words: ['start'] },
  'user.add': { words: ['user', 'add', login.user, '--password-stdin'], stdin: 'first\n' },
  'user.passwd': {
    words: ['user', 'passwd', login.user, '--password-stdin'],
    stdin: password,
    acts: true,
  },
  restart: { words: ['restart'], acts: true },
};
const afterReading: Partial<Record<OperationName, Change>> = {
  'user.remove': { words: ['user', 'remove', login.user] },
  stop: { words: ['stop'] },
  'config.set': { words: ['config', 'set', 'health_timeout', '200'] },
  'config.unset': { words: ['config', 'unset', 'health_timeout'] },
};
const fingerprint = ['--fingerprint', remote.hostKeyFingerprint];
const address = `ops@${remote.address}:${remote.port}`;
const ansibleHosts = fileURLToPath(new URL('../fixtures/import/ansible-web.ini', import.meta.url));
const onInventory: Partial<Record<OperationName, Change>> = {
  'host.add': {
    words: ['host', 'add', 'new', '--address', address, '--no-test', '--ssh-config', 'none'],
  },
  'host.import': {
    words: ['host', 'import', 'mail', '--from', 'ansible', '--file', ansibleHosts, '--yes'],
  },
  'host.trust': { words: ['host', 'trust', 'new', ...fingerprint] },
  'host.remove': { words: ['host', 'remove', 'new'] },
};
const kept: Partial<Record<OperationName, Change>> = {
  'host.disconnect': { words: ['host', 'disconnect', remote.name] },
};
const reading: Partial<Record<OperationName, readonly string[]>> = {
  'config.get': ['config', 'get', 'port'],
  'config.path': ['config', 'path'],
  'config.show': ['config', 'show'],
  'host.list': ['host', 'list'],
  'host.show': ['host', 'show', 'local'],
  'host.test': ['host', 'test'],
  status: ['status'],
  'user.list': ['user', 'list'],
};
const streaming = ['logs', 'open'];
/** In provision.test.ts: a host that has an engine is nothing to do. */
const elsewhere = ['host.provision'];

test('no operation is left out', () => {
  const named = [beforeReading, afterReading, onInventory, reading, kept].flatMap(Object.keys);
  expect([...named, ...streaming, ...elsewhere].sort()).toEqual(Object.keys(registry).sort());
});

/** Plans of all hosts, or of the inventory. */
function plansOf(document: Document): unknown[] {
  const hosts = (document['hosts'] ?? [document]) as { plan?: unknown }[];
  return hosts.map(({ plan }) => plan);
}

/** A change: dry, for real, and again. `look` tells everything that it could change. */
async function walk(
  operation: string,
  select: readonly string[],
  { words, stdin, acts }: Change,
  look: () => Promise<unknown>,
): Promise<void> {
  const argv = [...select, ...words];
  const before = await look();
  const dry = await occ.json([...argv, '--dry-run'], stdin);
  expect(dry, JSON.stringify(dry.document)).toMatchObject({
    code: 0,
    document: { operation, dryRun: true, changed: false },
  });
  expect(plansOf(dry.document)).not.toContainEqual([]);
  expect(await occ.run([...argv, '--dry-run'], stdin)).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/would\n {2}- /) as string,
  });
  expect(await look()).toEqual(before);

  const done = await occ.json(argv, stdin);
  expect(done).toMatchObject({ code: 0, document: { operation, dryRun: false, changed: true } });
  expect(await look()).not.toEqual(before);
  if (acts) return;

  const after = await look();
  const again = await occ.json(argv, stdin);
  expect(again).toMatchObject({ code: 0, document: { operation, changed: false } });
  expect(plansOf(again.document)).toEqual([[]]);
  const { code, stdout, stderr } = await occ.run(argv, stdin);
  expect(code).toBe(0);
  expect(`${stdout}${stderr}`).toMatch(/nothing to do/i);
  expect(await look()).toEqual(after);
}

describe.each(['local', remote.name])('on %s', (name) => {
  const on = ['--host', name];
  const look = async () => ({
    inventory: await readFile(file, 'utf8'),
    host: await stateOn(name, containerName),
  });

  test.each(Object.entries(beforeReading))('%s', (operation, change) =>
    walk(operation, on, change, look),
  );

  test.each(Object.entries(reading))('%s --json', async (operation, words) => {
    const answer = await occ.json([...on, ...words]);
    expect(answer).toMatchObject({ code: 0, document: { operation, changed: false } });
    expect(errorless(answer.document)).toBe(true);
  });

  test('status tells everything about it', async () => {
    const { document } = await occ.json([...on, 'status']);
    expect(document['hosts']).toMatchObject([
      {
        host: name,
        ok: true,
        value: {
          state: 'running',
          health: 'healthy',
          url: `http://127.0.0.1:${settings.port}`,
          exposed: false,
          users: [{ name: login.user, enabled: true }],
          opencodeVersion: expect.stringMatching(/^\d+\.\d+\.\d+/) as string,
          image: { ref: expect.stringContaining('opencode-cloud') as string },
          uptimeSeconds: expect.any(Number) as number,
        },
      },
    ]);
    const { stdout } = await occ.run([...on, 'status']);
    for (const label of ['state', 'up for', 'url', 'exposure', 'users', 'opencode', 'image']) {
      expect(stdout).toMatch(new RegExp(`^ *${label} +\\S`, 'm'));
    }
  });

  test('logs --json is JSON Lines with a summary at the end', async () => {
    const { code, stdout } = await occ.run([...on, 'logs', '--tail', '2', '--json']);
    expect(code).toBe(0);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Document);
    expect(lines).toMatchObject([
      { type: 'line', host: name },
      { type: 'line', host: name },
      {
        type: 'summary',
        operation: 'logs',
        hosts: [{ host: name, ok: true, value: { lines: 2 } }],
      },
    ]);
  });

  test('open asks for the login, on the same port each time, until Ctrl-C', async () => {
    const urls: string[] = [];
    for (const words of [
      ['open', name],
      [...on, 'open'],
    ]) {
      const open = occ.start([...words, '--no-browser']);
      const url = await open.says(/http:\/\/127\.0\.0\.1:\d+/);
      expect(await statusOf(url)).toBe(401);
      expect(await statusOf(url, 'wrong')).toBe(401);
      expect(await statusOf(url, login.password)).toBe(200);
      open.child.kill('SIGINT');
      expect(await open.ended).toEqual({ code: 130, stdout: `${url}\n`, stderr: '' });
      const [error] = (await once(connect(Number(new URL(url).port), '127.0.0.1'), 'error')) as [
        NodeJS.ErrnoException,
      ];
      expect(error.code).toBe('ECONNREFUSED');
      urls.push(url);
    }
    expect(new Set(urls).size).toBe(1);
  });

  test('open --json is JSON Lines', async () => {
    const open = occ.start(['open', name, '--json']);
    await open.says(/"ready"/);
    open.child.kill('SIGINT');
    const { stdout } = await open.ended;
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Document);
    expect(lines).toMatchObject([
      { type: 'ready', host: name },
      { type: 'summary', operation: 'open', interrupted: true, ok: true },
    ]);
  });

  test.each(Object.entries(afterReading))('%s', (operation, change) =>
    walk(operation, on, change, look),
  );
});

test.each(Object.entries(onInventory))('%s', (operation, change) =>
  walk(operation, [], change, () => occ.files()),
);

test.each(Object.entries(kept))('%s', async (operation, change) => {
  await occ.run(['--host', remote.name, 'status']);
  await expect.poll(() => occ.sockets(), { timeout: 10_000 }).not.toEqual([]);
  await walk(operation, [], change, () => occ.sockets());
  expect(await occ.sockets()).toEqual([]);
});

test('--json on a host that is not reached is JSON as well', async () => {
  await using other = await BuiltOcc.of({ dead: { address: '127.0.0.1:1' } });
  const all = { ...beforeReading, ...afterReading };
  const words = Object.values(all).map((change) => ({ stdin: '', ...change }));
  for (const { words: argv, stdin } of words.filter(({ words: [first] }) => first !== 'config')) {
    const { code, document } = await other.json(['--host', 'dead', ...argv], stdin);
    expect(code).toBe(3);
    expect(errorIn(document, 'dead')).toMatchObject({ code: 'connect.refused', host: 'dead' });
  }
});

/** True where every host answered. */
function errorless(document: Document): boolean {
  const hosts = (document['hosts'] ?? [document]) as { ok?: boolean }[];
  return hosts.every(({ ok }) => ok === true);
}
