// Several hosts at once: one that is dead delays nobody, and every outcome is kept.
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { ConnectError, TimeoutError } from '../../src/errors.ts';
import { openHost } from '../../src/hosts/open-host.ts';
import type { RunRequest } from '../../src/ops/run-report.ts';
import { frozen, packetsDropped, sshdStopped } from '../lab/faults.ts';
import { failureOf, Fleet, labEntry } from './fleet.ts';

const lab = inject('lab');
const [alive, dead] = lab.hosts;
if (!alive || !dead) throw new Error('the lab needs two hosts');
const names = [dead.name, alive.name];
let fleet: Fleet;

beforeAll(async () => {
  const entry = { container_name: 'ops-fan', port: 13_081, connect_timeout: 8 };
  fleet = await Fleet.of({
    [alive.name]: labEntry(lab.sshConfigFile, entry),
    [dead.name]: labEntry(lab.sshConfigFile, entry),
  });
});

afterAll(async () => {
  await fleet[Symbol.asyncDispose]();
});

/** Opens hosts as usual and notes the order in which they are done with. */
async function noting(order: string[]): Promise<Pick<RunRequest, 'openHost'>> {
  const inventory = await fleet.inventory();
  return {
    openHost(name, other = inventory, signal) {
      const host = openHost(other, name, fleet.hostOptions(signal));
      const close = host[Symbol.asyncDispose].bind(host);
      host[Symbol.asyncDispose] = async () => {
        await close();
        order.push(name);
      };
      return host;
    },
  };
}

test('a host whose sshd is stopped is an outcome beside the other’s', async () => {
  await using fault = await sshdStopped(dead);
  expect(fault).toBeDefined();
  const ran = await fleet.run('status', names);
  expect(ran.report.outcomes.map(({ host }) => host)).toEqual(names);
  expect(ran.report.outcomes[1]).toMatchObject({ host: alive.name, ok: true });
  const { error } = failureOf(ran, dead.name);
  expect(error).toBeInstanceOf(ConnectError);
  expect(error.host).toBe(dead.name);
});

test('a host that does not answer is waited for last, and its own connect timeout ends it', async () => {
  await using fault = await packetsDropped(dead);
  expect(fault).toBeDefined();
  const order: string[] = [];
  const ran = await fleet.run('status', names, {}, await noting(order));
  expect(order).toEqual([alive.name, dead.name]);
  expect(ran.report.outcomes[1]).toMatchObject({ host: alive.name, ok: true });
  expect(failureOf(ran, dead.name).error).toMatchObject({ code: 'connect.timeout' });
});

test('each host has a deadline of its own', async () => {
  await using fault = await frozen(dead);
  expect(fault).toBeDefined();
  const overrides = { timeoutMs: 5000 };
  const ran = await fleet.run('status', names, {}, overrides);
  expect(ran.report.outcomes[1]).toMatchObject({ host: alive.name, ok: true });
  expect(failureOf(ran, dead.name).error).toBeInstanceOf(TimeoutError);
});
