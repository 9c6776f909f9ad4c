// The image as it is built and run: who gets in, what survives, what nobody may see. On this machine's engine.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex, Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ensureBaseImage } from '../../scripts/lib/base-image.mjs';
import { attempt, run } from '../../scripts/lib/run.mjs';
import type { OccEvent } from '../../src/events.ts';
import { openEngine } from '../../src/hosts/docker-engine.ts';
import type { Engine } from '../../src/hosts/engine.ts';
import { builtInSettings } from '../../src/hosts/inventory-schema.ts';
import { planImage } from '../../src/ops/image/ensure-image.ts';
import { usersExitCodes, volumeTargets } from '../../src/ops/image/layout.ts';
import { readToolsLock } from '../../src/ops/image/tools-lock.ts';
import { labels } from '../../src/ops/labels.ts';
import type { HostContext } from '../../src/ops/operation.ts';
import { LocalTransport } from '../../src/transport/local-transport.ts';
import { Sandbox, until } from './image/sandbox.ts';

const prefix = `img-e2e-${process.pid}`;
const image = `${prefix}:core`;
const password = 'correct horse: bättery';
const login = `ada:${password}`;
const volumes = Object.entries(volumeTargets).map(
  ([suffix, target]) => [`${prefix}-${suffix}`, target] as const,
);
const mounts = volumes.map(([name, target]) => `--volume=${name}:${target}`);

const events: OccEvent[] = [];
const transport = new LocalTransport({ host: 'local', env: process.env });
const state = mkdtempSync(join(tmpdir(), `${prefix}-`));
let engine: Engine;
let closeEngine: () => void = () => undefined;
let box: Sandbox;

/** The engine under another image name, so that the image a developer works with stays what it is. */
function renamed(real: Engine): Engine {
  const rename = (ref: string) => (ref.startsWith('opencode-cloud:') ? image : ref);
  return {
    ...real,
    inspectImage: (ref) => real.inspectImage(rename(ref)),
    buildImage: (context, options, onEvent) =>
      real.buildImage(context, { ...options, tags: options.tags.map(rename) }, onEvent),
  };
}

function plan(rebuild = false) {
  const extraCa = process.env['NODE_EXTRA_CA_CERTS'];
  const settings = {
    ...builtInSettings,
    base_image: 'debian:bookworm-slim',
    ...(extraCa === undefined ? {} : { extra_ca_file: extraCa }),
  };
  const context = {
    host: { name: 'local', settings, engine: () => Promise.resolve(engine) },
    emit: (event: OccEvent) => events.push(event),
    signal: new AbortController().signal,
  } as unknown as HostContext;
  return planImage(context, { rebuild });
}

beforeAll(async () => {
  await ensureBaseImage('bookworm');
  const opened = await openEngine(transport, '/var/run/docker.sock');
  closeEngine = () => opened.close();
  engine = renamed(opened.engine);
  for (const step of (await plan()).steps) await step.apply();
  box = await Sandbox.run(image, prefix, mounts);
  await box.waitUntilHealthy();
  await box.addUser('ada', password);
});

afterAll(async () => {
  const containers = ['', '-limited', '-full', '-ca'].map((suffix) => prefix + suffix);
  await attempt(['docker', 'rm', '--force', '--volumes', ...containers]);
  await attempt(['docker', 'volume', 'rm', ...volumes.map(([name]) => name)]);
  await attempt(['docker', 'image', 'rm', image]);
  closeEngine();
  await transport.close();
  rmSync(state, { recursive: true });
});

describe('the build', () => {
  test('tells each step', () => {
    const steps = events.flatMap((event) =>
      event.type === 'progress' && event.unit === 'steps' ? [event] : [],
    );
    const last = steps.at(-1);
    expect(last?.total).toBeGreaterThan(10);
    expect(last?.current).toBe(last?.total);
    expect(JSON.stringify(events)).not.toContain('\\u001b');
  });

  test('labels the image, so that the next plan has nothing to do', async () => {
    const found = await engine.inspectImage(image);
    expect(found?.labels).toMatchObject({
      [labels.instance]: 'image',
      [labels.opencodeVersion]: readToolsLock().opencode.version,
    });
    expect((await plan()).steps).toEqual([]);
    expect((await plan(true)).steps).toHaveLength(1);
  });

  test('puts the pinned opencode in, and neither node nor curl', async () => {
    expect(await box.exec(['opencode', '--version'])).toBe(readToolsLock().opencode.version);
    for (const program of ['node', 'npm', 'curl', 'wget']) {
      expect(await box.exec(['sh', '-c', `command -v ${program} || echo none`])).toBe('none');
    }
  });
});

describe('a login', () => {
  test('is asked for', async () => {
    const { status, headers } = await box.ask();
    expect(status).toBe(401);
    expect(headers['www-authenticate']).toBe('Basic realm="opencode"');
  });

  test('with the right password gets the web UI', async () => {
    const { status, headers, body } = await box.ask({ login });
    expect(status).toBe(200);
    expect(headers['content-type']).toContain('text/html');
    expect(body).toContain('<title>OpenCode</title>');
  });

  test.each(['ada:wrong', 'ada:', ':', `Ada:${password}`, `nobody:${password}`])(
    'with %s is refused',
    async (wrong) => {
      expect(await box.status({ login: wrong })).toBe(401);
    },
  );

  test.each(['root', 'opencode', 'gateway', 'daemon'])(
    'of the system account %s is refused even when it has that password',
    async (name) => {
      await box.exec(['sh', '-c', `echo '${name}:system-password' | chpasswd`]);
      expect([401, 429]).toContain(await box.status({ login: `${name}:system-password` }));
    },
  );

  test('is not needed by guessing: too many wrong ones are turned away', async () => {
    const guesses = Array.from({ length: 30 }, (_, n) => box.status({ login: `ada:no-${n}` }));
    const answers = await Promise.all(guesses);
    expect(new Set(answers)).toEqual(new Set([401, 429]));
    expect(await box.status({ login })).toBe(200);
  });
});

describe('nothing gets past the login', () => {
  test.each([
    ...['//', '/index.html', '/global/health', '/doc', '/event', '/health/', '/health/../doc'],
    ...['/%2e/doc', '/health%2f..%2fdoc', '/.opencode-cloud/login', '/.opencode-cloud/alive'],
    ...['/?auth_token=b3BlbmNvZGU6b3BlbmNvZGU=', '/./.opencode-cloud/../doc', '/%2fhealth/..'],
  ])('by the path %s', async (path) => {
    expect(await box.status({ path })).toBe(401);
  });

  test.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD', 'PROPFIND'])(
    'by the method %s',
    async (method) => {
      expect(await box.status({ method, path: '/session' })).toBe(401);
    },
  );

  test.each([
    ['TRACE / HTTP/1.1\r\nHost: x', 405],
    ['GET http://127.0.0.1:4096/doc HTTP/1.1\r\nHost: 127.0.0.1:4096', 401],
    ['GET http://x/health/../doc HTTP/1.1\r\nHost: x', 401],
    ['GET /doc HTTP/1.0', 401],
    ['GET /../doc HTTP/1.1\r\nHost: x', 400],
    ['GET /doc HTTP/1.1', 400],
    ['GET /health HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked', 400],
  ])('by the request %j', async (head, status) => {
    const connection = head.endsWith('HTTP/1.0') ? '' : '\r\nConnection: close';
    expect(await box.raw(`${head}${connection}\r\n\r\n`)).toContain(` ${status} `);
  });

  test('from another web site, even with the login', async () => {
    const own = `127.0.0.1:${box.port}`;
    const from = (Origin: string) => box.status({ login, headers: { Origin } });
    expect(await from(`http://${own}`)).toBe(200);
    for (const origin of ['https://evil.example', 'null', `http://${own}.evil.example`]) {
      expect(await from(origin)).toBe(403);
    }
  });

  test('into the log, by a name or a referrer that would steer a terminal or forge a line', async () => {
    const escape = '\u001b[31m';
    const own = `Host: 127.0.0.1:${box.port}\r\nConnection: close`;
    const ask = (headers: string) => box.raw(`GET / HTTP/1.1\r\n${own}\r\n${headers}\r\n\r\n`);
    const basic = (text: string) => `Authorization: Basic ${Buffer.from(text).toString('base64')}`;
    for (const name of [`a\nforged ${escape}`, 'ada\n', 'ada\0', 'Ada', 'a'.repeat(33), 'é']) {
      expect(await ask(basic(`${name}:${password}`))).toContain(' 401 ');
    }
    const { headers } = await box.ask({ login: `Ada:${password}` });
    expect(headers['www-authenticate']).toBe('Basic realm="opencode"');
    // Too long for the key of the cache, which would be an error with its referrer.
    const long = `Authorization: Basic ${'A'.repeat(7000)}`;
    expect(await ask(long)).toContain(' 401 ');
    expect(await ask(`${long}\r\nReferer: http://x/${escape}`)).toContain(' 400 ');
    const { stdout, stderr } = await attempt(['docker', 'logs', box.name]);
    expect(stdout + stderr).not.toMatch(/\u001b|^forged/m);
    expect(stderr).not.toContain('proxy_buffer_size');
  });

  test('from what another web site embeds, which carries no Origin', async () => {
    const from = (site: string, mode: string) =>
      box.status({ login, headers: { 'Sec-Fetch-Site': site, 'Sec-Fetch-Mode': mode } });
    for (const site of ['cross-site', 'same-site']) {
      for (const mode of ['no-cors', 'cors', 'websocket']) expect(await from(site, mode)).toBe(403);
      // A link that somebody follows.
      expect(await from(site, 'navigate')).toBe(200);
    }
    expect(await from('same-origin', 'no-cors')).toBe(200);
    expect(await from('none', 'navigate')).toBe(200);
  });

  test('by a click in a frame of another web site', async () => {
    const { headers } = await box.ask({ login });
    expect(headers['x-frame-options']).toBe('SAMEORIGIN');
  });

  test('to opencode itself: only the gateway listens outside of loopback', async () => {
    const sockets = await box.exec(['cat', '/proc/net/tcp', '/proc/net/tcp6']);
    const listening = sockets
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[3] === '0A')
      .map((fields) => (fields[1] ?? '').split(':'));
    const outside = listening.filter(([address]) => !/7F$|^0{24}01000000$/.test(address ?? ''));
    expect(new Set(outside.map(([, port]) => parseInt(port ?? '', 16)))).toEqual(new Set([8080]));
    expect(listening.map(([, port]) => parseInt(port ?? '', 16))).toContain(4096);
  });

  test('on loopback inside: opencode wants its own password', async () => {
    const ask =
      'exec 3<>/dev/tcp/127.0.0.1/4096; printf "GET /global/health HTTP/1.0\\r\\n\\r\\n" >&3; head -1 <&3';
    expect(await box.exec(['bash', '-c', ask], 'opencode')).toContain(' 401 ');
  });
});

describe('/health', () => {
  test('says ok and nothing else, to anybody', async () => {
    const { status, headers, body } = await box.ask({ path: '/health' });
    expect([status, body]).toEqual([200, 'ok']);
    expect(headers['content-type']).toBe('text/plain');
    expect(headers['server']).toBe('nginx');
    expect(headers['last-modified']).toBeUndefined();
  });

  test('is read-only', async () => {
    expect(await box.status({ path: '/health', method: 'POST' })).toBe(405);
    expect(await box.status({ path: '/health', method: 'HEAD' })).toBe(200);
  });

  test('says unavailable while opencode does not answer', async () => {
    await box.exec(['s6-svc', '-wD', '-d', '/run/service/opencode']);
    await until(async () => (await box.healthStatus()) === 503);
    expect((await box.ask({ path: '/health' })).body).toBe('unavailable');
    expect(await box.status({ login })).toBe(502);
    await box.exec(['s6-svc', '-u', '/run/service/opencode']);
    await box.waitUntilHealthy();
  });

  test('is what Docker is told', async () => {
    await until(async () => (await box.inspect('{{.State.Health.Status}}')) === 'healthy');
  });
});

describe('live connections', () => {
  test('server-sent events arrive as they are sent', async () => {
    const stream = await box.stream({ path: '/event', login });
    expect(stream.headers['content-type']).toContain('text/event-stream');
    expect(await firstText(stream)).toContain('server.connected');
    stream.destroy();
  });

  test('a terminal works over WebSocket, and only with the login', async () => {
    const made = await box.ask({
      ...{ method: 'POST', path: '/pty', login, body: '{}' },
      headers: { 'Content-Type': 'application/json', 'Content-Length': '2' },
    });
    const { id } = JSON.parse(made.body) as { id: string };
    const path = `/pty/${id}/connect`;
    expect(await box.upgrade({ path })).toBe(401);
    const origin = { Origin: 'https://evil.example' };
    expect(await box.upgrade({ path, login, headers: origin })).toBe(403);
    const socket = (await box.upgrade({ path, login })) as Duplex;
    expect(await textUntil(socket, 'opencode@')).toContain('opencode@');
    socket.destroy();
  });
});

describe('web users', () => {
  test('are listed with their state', async () => {
    expect((await box.users(['list'])).stdout).toBe('ada\tenabled\n');
  });

  test.each([
    [['add', 'root'], 'x', usersExitCodes.badName],
    [['add', 'gateway'], 'x', usersExitCodes.badName],
    [['add', 'Eve'], 'x', usersExitCodes.badName],
    [['add', '-x'], 'x', usersExitCodes.badName],
    [['add', 'a:b'], 'x', usersExitCodes.badName],
    [['add', 'a'.repeat(33)], 'x', usersExitCodes.badName],
    [['remove', 'opencode'], '', usersExitCodes.badName],
    [['add', 'ada'], 'x', usersExitCodes.exists],
    [['passwd', 'eve'], 'x', usersExitCodes.notFound],
    [['remove', 'eve'], '', usersExitCodes.notFound],
    [['add', 'eve'], '', usersExitCodes.badPassword],
    [['add', 'eve'], '\nsecond line', usersExitCodes.badPassword],
    [['add', 'eve'], 'x'.repeat(600), usersExitCodes.badPassword],
  ])('%j with %j ends with %i and changes nothing', async (argv, input, code) => {
    expect((await box.users(argv, input)).code).toBe(code);
    expect((await box.users(['list'])).stdout).toBe('ada\tenabled\n');
  });

  test('can be added at the same time', async () => {
    const names = ['p1', 'p2', 'p3', 'p4'];
    await Promise.all(names.map((name) => box.addUser(name, `password of ${name}`)));
    expect((await box.users(['list'])).stdout.split('\n').sort()).toEqual(
      ['', 'ada\tenabled', ...names.map((name) => `${name}\tenabled`)].sort(),
    );
    for (const name of names) expect((await box.users(['remove', name])).code).toBe(0);
  });

  test('with a changed password get in with the new one only, at once', async () => {
    await box.addUser('grace', 'old password');
    expect(await eventually(box, 'grace:old password')).toBe(200);
    expect((await box.users(['passwd', 'grace'], 'new password\n')).code).toBe(0);
    expect(await box.status({ login: 'grace:old password' })).not.toBe(200);
    expect(await eventually(box, 'grace:new password')).toBe(200);
  });

  test('that are removed are out at once, with the streams they have open', async () => {
    const grace = 'grace:new password';
    expect(await eventually(box, grace)).toBe(200);
    const stream = await box.stream({ path: '/event', login: grace });
    await firstText(stream);
    const ended = new Promise((resolve) => stream.on('close', resolve).resume());
    stream.on('error', () => undefined);
    expect((await box.users(['remove', 'grace'])).code).toBe(0);
    expect(await box.status({ login: grace })).not.toBe(200);
    await ended;
    expect(await eventually(box, login)).toBe(200);
  });

  test('leave no record but a hash, and that to root alone', async () => {
    const file = `${volumeTargets.users}/records`;
    expect(await box.exec(['stat', '-c', '%a %U', file, volumeTargets.users])).toBe(
      '600 root\n700 root',
    );
    expect(await box.exec(['cat', file])).toMatch(/^ada:\$y\$j9T\$\S+$/);
    const peek = attempt(['docker', 'exec', '--user=opencode', box.name, 'cat', file]);
    expect((await peek).code).not.toBe(0);
  });

  test('are whole after the disk was full', async () => {
    const full = await Sandbox.run(image, `${prefix}-full`, [
      `--tmpfs=${volumeTargets.users}:size=8k`,
    ]);
    await until(async () => (await full.users(['list'])).code === 0);
    await full.addUser('ada', password);
    const fill = `dd if=/dev/zero of=${volumeTargets.users}/fill bs=1k 2>/dev/null || true`;
    await full.exec(['sh', '-c', fill]);
    expect((await full.users(['add', 'eve'], 'x\n')).code).not.toBe(0);
    expect((await full.users(['list'])).stdout).toBe('ada\tenabled\n');
    await run(['docker', 'rm', '--force', full.name]);
  });
});

describe('secrets', () => {
  test('are in no process list, no log and no inspection', async () => {
    await eventually(box, login);
    const own = await box.exec(['cat', '/run/opencode-cloud/opencode-password']);
    expect(own).toMatch(/^[A-Za-z0-9]{30,}$/);
    const logs = await attempt(['docker', 'logs', box.name]);
    const seen = [
      await run(['docker', 'inspect', box.name]),
      await run(['docker', 'top', box.name, '-o', 'pid,args']),
      await run(['docker', 'history', '--no-trunc', image]),
      logs.stdout + logs.stderr,
    ].join('\n');
    expect(seen).toContain('opencode serve');
    for (const secret of [password, own, 'system-password']) {
      expect(seen).not.toContain(secret);
      expect(seen).not.toContain(Buffer.from(secret).toString('base64').slice(0, 16));
    }
    expect(seen).not.toContain(Buffer.from(login).toString('base64').slice(0, 12));
  });

  test('are out of reach of the agent', async () => {
    for (const path of ['opencode-password', 'upstream-auth.conf', 'auth-cache', 'gateway']) {
      const peek = ['sh', '-c', `cat /run/opencode-cloud/${path}/* /run/opencode-cloud/${path}`];
      const seen = await attempt(['docker', 'exec', '--user=opencode', box.name, ...peek]);
      expect([path, seen.stdout]).toEqual([path, '']);
    }
  });
});

describe('the processes', () => {
  test('run as nobody important: opencode is uid 1000 without privileges', async () => {
    const pid = await box.service('opencode', 'pid');
    const status = await box.exec(['cat', `/proc/${pid}/status`]);
    expect(status).toMatch(/^Uid:\t1000\t1000\t1000\t1000$/m);
    expect(status).toMatch(/^CapEff:\t0+$/m);
    expect(status).toMatch(/^NoNewPrivs:\t1$/m);
    const directory = await box.exec(['readlink', `/proc/${pid}/cwd`], 'opencode');
    expect(directory).toBe('/home/opencode/projects');
  });

  test.each(['opencode', 'gateway'])('%s is started again after a crash', async (service) => {
    const pid = await box.service(service, 'pid');
    await box.exec(['sh', '-c', `kill -KILL ${pid}`]);
    await until(async () => !['-1', '0', pid].includes(await box.service(service, 'pid')));
    await until(async () => (await eventually(box, login)) === 200);
    await box.waitUntilHealthy();
  });
});

test('a password can be changed while the gateway forgets logins by itself', async () => {
  await box.addUser('churn', password);
  const churn = 'while :; do for i in 1 2 3 4 5 6 7 8 9; do : >f$i; done; rm -f f*; done';
  const script = `cd /run/opencode-cloud/auth-cache && timeout 15 sh -c '${churn}' >/dev/null 2>&1 &`;
  await box.exec(['sh', '-c', script]);
  for (let time = 0; time < 10; time += 1) {
    expect(await box.users(['passwd', 'churn'], `${password}\n`)).toMatchObject({ code: 0 });
  }
  expect(await box.users(['remove', 'churn'])).toMatchObject({ code: 0 });
});

describe('what must last', () => {
  test('users and sessions survive a new container', async () => {
    const made = await box.ask({
      ...{ method: 'POST', path: '/session', login, body: '{"title":"to be kept"}' },
      headers: { 'Content-Type': 'application/json' },
    });
    const { id } = JSON.parse(made.body) as { id: string };
    await box.exec(['sh', '-c', 'echo hello >/home/opencode/projects/file'], 'opencode');
    const before = await box.exec(['cat', '/run/opencode-cloud/opencode-password']);
    await run(['docker', 'rm', '--force', box.name]);
    box = await Sandbox.run(image, prefix, mounts);
    await box.waitUntilHealthy();
    const kept = await box.ask({ path: `/session/${id}`, login });
    expect([kept.status, kept.body]).toEqual([200, expect.stringContaining('to be kept')]);
    expect(await box.exec(['cat', '/home/opencode/projects/file'], 'opencode')).toBe('hello');
    expect(await box.exec(['cat', '/run/opencode-cloud/opencode-password'])).not.toBe(before);
  });

  test('accounts follow the records at each start', async () => {
    await box.exec(['userdel', 'ada']);
    await box.exec(['useradd', '--gid', 'webusers', '--no-create-home', 'stranger']);
    await run(['docker', 'restart', box.name]);
    box = await Sandbox.found(box.name);
    await box.waitUntilHealthy();
    expect(await box.status({ login })).toBe(200);
    expect(await box.exec(['sh', '-c', 'getent passwd stranger || echo none'])).toBe('none');
  });

  test('extra certificates are trusted when they are there before the start', async () => {
    const directory = '/usr/local/share/ca-certificates/opencode-cloud';
    const name = `${prefix}-ca`;
    const pem = join(state, 'extra.crt');
    await run([
      ...['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'],
      ...['-nodes', '-keyout', join(state, 'key.pem'), '-out', pem, '-subj', '/CN=occ test'],
    ]);
    await run(['docker', 'create', `--name=${name}`, '--tmpfs=/run', image]);
    await run(['docker', 'cp', pem, `${name}:${directory}/extra.crt`]);
    await run(['docker', 'start', name]);
    const verify = ['openssl', 'verify', '-CApath', '/etc/ssl/certs', `${directory}/extra.crt`];
    await until(async () => (await attempt(['docker', 'exec', name, ...verify])).code === 0);
    await run(['docker', 'rm', '--force', name]);
  });
});

test('SIGTERM stops it within the grace time, with exit code 0, while streams are open', async () => {
  const stream = await box.stream({ path: '/event', login });
  stream.on('error', () => undefined).resume();
  await run(['docker', 'stop', '--time=20', box.name]);
  expect(await box.inspect('{{.State.ExitCode}} {{.State.OOMKilled}}')).toBe('0 false');
});

/** The status once the guesses of other tests are forgotten: the same client may be limited for a while. */
async function eventually(sandbox: Sandbox, who: string): Promise<number> {
  let status = 429;
  await until(async () => {
    status = await sandbox.status({ login: who });
    return status !== 429;
  });
  return status;
}

async function firstText(stream: Readable): Promise<string> {
  return new Promise((resolve, reject) => {
    stream.once('error', reject);
    stream.once('data', (chunk: Buffer) => resolve(chunk.toString('utf8')));
  });
}

async function textUntil(stream: Readable, wanted: string): Promise<string> {
  let text = '';
  for await (const chunk of stream) {
    text += (chunk as Buffer).toString('utf8');
    if (text.includes(wanted)) break;
  }
  return text;
}
