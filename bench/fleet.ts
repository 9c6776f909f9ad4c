// Many hosts at once, each cold: connect, log in, one command. They are one machine, so that it is all in one figure.
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import { run } from '../src/transport/run.ts';
import type { Place } from './place.ts';

/** Milliseconds until the last of `hosts` connections has run a command, by occ's transport in one process. */
export async function occFleet(place: Place, hosts: number): Promise<number> {
  const start = performance.now();
  const one = async () => {
    const transport = await place.connect(place.port);
    await run(transport, { argv: ['true'], purpose: 'run true', parse: () => undefined });
    return transport;
  };
  const transports = await Promise.all(Array.from({ length: hosts }, one));
  const took = performance.now() - start;
  await Promise.all(transports.map((transport) => transport.close()));
  return took;
}

/** The same by as many `ssh` at once. */
export async function sshFleet(place: Place, hosts: number): Promise<number> {
  const start = performance.now();
  const one = async () => {
    const [code] = (await once(place.ssh(place.port, ['true']), 'exit')) as [number];
    if (code !== 0) throw new Error(`ssh ended with ${code}`);
  };
  await Promise.all(Array.from({ length: hosts }, one));
  return performance.now() - start;
}
