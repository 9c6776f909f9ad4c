// How long one command takes, and how often it waits for the host: cold and warm, OpenSSH's client and occ.
import { once } from 'node:events';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { run } from '../src/transport/run.ts';
import type { SshOptions, SshTarget } from '../src/transport/ssh/ssh-transport.ts';
import { keptConnections } from '../src/transport/warm/ssh-warm-end.ts';
import { startDelayProxy, type DelayProxy } from './delay-proxy.ts';
import { repeat, type Figures } from './figures.ts';
import { OccCommand } from './occ-command.ts';
import type { Place } from './place.ts';

/** One way to run one command on one host. */
export interface Timed {
  readonly way: string;
  readonly milliseconds: Figures;
  /** How often the client waited for the host; without the round trip that TCP takes to connect. */
  readonly turns: Figures;
}

/** Seconds that a kept connection stays; longer than the benchmark. */
const warmSeconds = 300;

/** All ways, at one distance. */
export async function latency(
  place: Place,
  roundTripMs: number,
  runs: number,
): Promise<readonly Timed[]> {
  const proxy = await startDelayProxy(place.port, roundTripMs);
  const timed = (way: string, once: () => Promise<unknown>) => time(way, proxy, runs, once);
  try {
    return [
      await timed('`ssh`, cold', () => ssh(place, proxy)),
      await withMaster(place, proxy, (options) =>
        timed('`ssh` over its own master', () => ssh(place, proxy, options)),
      ),
      await timed('occ transport, cold', () => transport(place, proxy)),
      await warmTransport(place, proxy, timed),
      ...(await commands(place, proxy, timed)),
    ];
  } finally {
    await proxy.close();
  }
}

type TimedRuns = (way: string, once: () => Promise<unknown>) => Promise<Timed>;

async function time(
  way: string,
  proxy: DelayProxy,
  runs: number,
  once: () => Promise<unknown>,
): Promise<Timed> {
  process.stderr.write(`${way}\n`);
  const turns: number[] = [];
  const milliseconds = await repeat(runs, async () => {
    await proxy.takeTurns();
    const start = performance.now();
    await once();
    const took = performance.now() - start;
    turns.push(await proxy.takeTurns());
    // What says goodbye must not be in the way of the next one.
    await delay(400);
    return took;
  });
  return { way, milliseconds, turns: { values: turns } };
}

async function ssh(
  place: Place,
  proxy: DelayProxy,
  options: readonly string[] = [],
): Promise<void> {
  const [code] = (await once(place.ssh(proxy.port, ['true'], { options }), 'exit')) as [number];
  if (code !== 0) throw new Error(`ssh ended with ${code}`);
}

async function withMaster<T>(
  place: Place,
  proxy: DelayProxy,
  use: (options: readonly string[]) => Promise<T>,
): Promise<T> {
  const options = ['-S', join(place.client.path, 'm')];
  await ssh(place, proxy, [...options, '-o', 'ControlMaster=yes', '-o', 'ControlPersist=yes']);
  try {
    return await use(options);
  } finally {
    await once(place.ssh(proxy.port, [], { options: [...options, '-O', 'exit'] }), 'exit');
  }
}

/** From nothing to the end of a command; closing is not measured. */
async function transport(
  place: Place,
  proxy: DelayProxy,
  target: Partial<SshTarget> = {},
  options: Partial<SshOptions> = {},
): Promise<void> {
  const connection = await place.connect(proxy.port, target, options);
  await run(connection, { argv: ['true'], purpose: 'run true', parse: () => undefined });
  closing.push(connection.close());
}

const closing: Promise<void>[] = [];

async function warmTransport(place: Place, proxy: DelayProxy, timed: TimedRuns): Promise<Timed> {
  const runtimeDir = join(place.client.path, `w${proxy.port}`);
  const once = (): Promise<void> => transport(place, proxy, { warmSeconds }, { runtimeDir });
  await once();
  await untilKept(runtimeDir);
  return timed('occ transport, warm', once);
}

async function commands(place: Place, proxy: DelayProxy, timed: TimedRuns): Promise<Timed[]> {
  const cold = await OccCommand.for(place, proxy.port, 0);
  const warm = await OccCommand.for(place, proxy.port, warmSeconds);
  const first = await timed('`occ status`, cold', () => cold.status());
  await warm.status();
  await untilKept(warm.runtimeDir);
  return [first, await timed('`occ status`, warm', () => warm.status())];
}

async function untilKept(runtimeDir: string): Promise<void> {
  const deadline = performance.now() + 30_000;
  while ((await keptConnections(runtimeDir)).length === 0) {
    if (performance.now() > deadline) throw new Error('No connection was kept');
    await delay(50);
  }
  // It is made in the background, after its socket's name is there.
  await delay(2000);
}
