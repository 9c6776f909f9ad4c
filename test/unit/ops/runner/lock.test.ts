import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { ConnectError, LockedError } from '../../../../src/errors.ts';
import type { OccEvent } from '../../../../src/events.ts';
import {
  lockCommand,
  lockExitCodes,
  lockKey,
  parseHolder,
} from '../../../../src/ops/lock-command.ts';
import { withLock, type LockOptions } from '../../../../src/ops/lock.ts';
import { LocalTransport } from '../../../../src/transport/local-transport.ts';
import { readUntil } from '../../../contract/cases/support.ts';
import { testHost } from './test-hosts.ts';

// Processes that have seconds to end, on machines that may be busy.
vi.setConfig({ testTimeout: 20_000 });

const containerName = `ops-lock-${process.pid}`;
const settings = { container_name: containerName };
const never = new AbortController().signal;

function options(operator: string, events: OccEvent[] = []): LockOptions {
  return { doing: 'user.add', operator, signal: never, emit: (event) => events.push(event) };
}

afterAll(async () => {
  for (const directory of ['/run/lock', '/tmp']) {
    await rm(`${directory}/${lockKey(settings)}.lock`, { force: true });
  }
});

describe('withLock', () => {
  it('lets exactly one of two operators through, and tells the other who, what and since when', async () => {
    const [alice, bob] = [testHost('web-1', containerName), testHost('web-1', containerName)];
    let entered: () => void = () => undefined;
    const inside = new Promise<void>((resolve) => (entered = resolve));
    let leave: () => void = () => undefined;
    const held = withLock(alice, options('alice@one'), async () => {
      entered();
      await new Promise<void>((resolve) => (leave = resolve));
      return 'done';
    });
    await inside;
    const refused = withLock(bob, options('bob@two'), () => Promise.resolve('too early'));
    await expect(refused).rejects.toThrow(LockedError);
    await expect(refused).rejects.toThrow(
      /alice@one has been running "user add" since \d{4}-\d\d-\d\dT/,
    );
    leave();
    expect(await held).toBe('done');
    expect(await withLock(bob, options('bob@two'), () => Promise.resolve('now'))).toBe('now');
    await Promise.all([alice[Symbol.asyncDispose](), bob[Symbol.asyncDispose]()]);
  });

  it('of many at the same time lets one through at a time, however often', async () => {
    const hosts = Array.from({ length: 6 }, () => testHost('web-1', containerName));
    let [inside, most, passed] = [0, 0, 0];
    const results = await Promise.allSettled(
      hosts.map((host) =>
        withLock(host, options('x@y'), async () => {
          inside += 1;
          most = Math.max(most, inside);
          await new Promise((resolve) => setTimeout(resolve, 100));
          inside -= 1;
          passed += 1;
        }),
      ),
    );
    expect(most).toBe(1);
    expect(passed).toBeGreaterThanOrEqual(1);
    const refusals = results.filter(({ status }) => status === 'rejected');
    expect(refusals).toHaveLength(hosts.length - passed);
    await Promise.all(hosts.map((host) => host[Symbol.asyncDispose]()));
  });

  it('releases after a failure', async () => {
    const host = testHost('web-1', containerName);
    const failing = withLock(host, options('a@b'), () => Promise.reject(new Error('broken')));
    await expect(failing).rejects.toThrow('broken');
    expect(await withLock(host, options('a@b'), () => Promise.resolve('free'))).toBe('free');
    await host[Symbol.asyncDispose]();
  });

  it('is gone when the connection of its holder is', async () => {
    const [first, second] = [testHost('web-1', containerName), testHost('web-1', containerName)];
    const stopped = withLock(first, options('a@b'), async (signal) => {
      const aborted = once(signal, 'abort');
      await first[Symbol.asyncDispose]();
      await aborted;
      throw signal.reason as Error;
    });
    await expect(stopped).rejects.toThrow(ConnectError);
    expect(await withLock(second, options('c@d'), () => Promise.resolve('free'))).toBe('free');
    await second[Symbol.asyncDispose]();
  });

  it('warns and goes on where there is no flock', async () => {
    const host = testHost('mac-1', containerName);
    const transport = new LocalTransport({ host: 'mac-1', env: { PATH: '/nonexistent' } });
    const events: OccEvent[] = [];
    const shellOnly = { ...host, transport: () => Promise.resolve(onlyShell(transport)) };
    const value = await withLock(shellOnly, options('a@b', events), () => Promise.resolve('done'));
    expect(value).toBe('done');
    expect(events).toMatchObject([{ type: 'notice', level: 'warning', host: 'mac-1' }]);
    await transport.close();
  });
});

/** The shell by its path, on a machine whose PATH leads nowhere. */
function onlyShell(transport: LocalTransport): LocalTransport {
  const start = transport.start.bind(transport);
  transport.start = (spec, startOptions) =>
    start({ ...spec, argv: ['/bin/sh', ...spec.argv.slice(1)] }, startOptions);
  return transport;
}

describe('the lock command', () => {
  it('names one lock for one container, whatever way to the engine is set', () => {
    const sameContainer = { ...settings, docker_socket: '/run/other.sock' };
    expect(lockKey(settings)).toBe(lockKey(sameContainer));
    expect(lockKey(settings)).not.toBe(lockKey({ container_name: 'another' }));
  });

  it('hands what it tells over as an argument, not as part of the script', () => {
    const holder = { operator: '$(touch x)@`host`', doing: 'start' };
    const { argv } = lockCommand(settings, holder);
    expect(argv.at(-2)).toBe('$(touch x)@`host`\tstart');
    expect(argv[2]).not.toContain('touch');
  });

  it.each(['sh', 'bash'])('lets go in %s when nothing is heard, and not before', async (shell) => {
    const transport = new LocalTransport({ host: 'here', env: process.env });
    const { argv } = lockCommand(settings, { operator: 'a@b', doing: 'start' }, 2);
    const holder = await transport.start({ argv: [shell, ...argv.slice(1)] });
    holder.stderr.resume();
    await readUntil(holder.stdout, 'locked');
    let ended = false;
    void holder.exit.then(() => (ended = true));
    for (let beat = 0; beat < 12; beat += 1) {
      await new Promise((resolve) => setTimeout(resolve, 250));
      holder.stdin.write('\n');
    }
    expect(ended).toBe(false);
    const host = testHost('web-1', containerName);
    const taken = () => withLock(host, options('c@d'), () => Promise.resolve('mine'));
    await expect(taken()).rejects.toThrow(LockedError);
    // Its stdin stays open, as behind a cable that was pulled.
    expect(await holder.exit).toEqual({ kind: 'exited', code: lockExitCodes.silence });
    expect(await taken()).toBe('mine');
    await transport.close();
    await host[Symbol.asyncDispose]();
  });

  it('leaves nothing running when its stdin ends', async () => {
    const transport = new LocalTransport({ host: 'here', env: process.env });
    const seconds = 9000 + (process.pid % 1000);
    const command = lockCommand(settings, { operator: 'a@b', doing: 'start' }, seconds);
    const holder = await transport.start(command);
    holder.stderr.resume();
    await readUntil(holder.stdout, 'locked');
    holder.stdout.resume();
    holder.stdin.end();
    expect(await holder.exit).toEqual({ kind: 'exited', code: 0 });
    await expect
      .poll(() => spawnSync('pgrep', ['-f', `^sleep ${seconds}`], { encoding: 'utf8' }).stdout)
      .toBe('');
    await transport.close();
  });

  it('reads what a refused one prints', () => {
    expect(parseHolder('2026-11-23T12:00:00Z\ta@b\tuser.add\n')).toEqual({
      since: '2026-11-23T12:00:00Z',
      operator: 'a@b',
      doing: 'user.add',
    });
    expect(parseHolder('')).toBeUndefined();
    expect(parseHolder('garbage\n')).toBeUndefined();
  });
});
