// Several hosts with the built command: every outcome is shown, the exit code tells, and nobody waits for the dead.
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { packetsDropped, sshdStopped } from '../lab/faults.ts';
import { BuiltOcc, errorIn } from './built-occ.ts';
import { Fleet, labEntry } from './fleet.ts';
import { stateOn } from './target.ts';

const lab = inject('lab');
const [dead, alive] = lab.hosts;
if (!alive || !dead) throw new Error('the lab needs two hosts');
const names = [dead.name, alive.name];
const containerName = 'claims-fleet';
const connectTimeout = 4;
let fleet: Fleet;
let occ: BuiltOcc;

beforeAll(async () => {
  const settings = {
    container_name: containerName,
    port: 13_141,
    connect_timeout: connectTimeout,
  };
  fleet = await Fleet.of({
    [dead.name]: labEntry(lab.sshConfigFile, settings),
    [alive.name]: labEntry(lab.sshConfigFile, settings),
  });
  for (const host of lab.hosts) await fleet.provideImage(host);
  occ = await BuiltOcc.with((await fleet.inventory()).file);
});

afterAll(async () => {
  await occ[Symbol.asyncDispose]();
  await fleet[Symbol.asyncDispose]();
});

/** Exit code of `status --all`, the same with and without `--json`, and which hosts are well. */
async function status(): Promise<{ code: number | null; well: readonly string[] }> {
  const { code } = await occ.run(['--all', 'status']);
  const told = await occ.json(['--all', 'status']);
  expect(told.code).toBe(code);
  const hosts = told.document['hosts'] as { host: string; ok: boolean }[];
  expect(hosts.map(({ host }) => host)).toEqual(names);
  return { code, well: hosts.filter(({ ok }) => ok).map(({ host }) => host) };
}

test('start on both tells where each is, and how to add a user', async () => {
  const { code, stdout, stderr } = await occ.run(['--all', 'start']);
  expect(code).toBe(0);
  for (const name of names) {
    expect(stdout).toContain(
      `${containerName} on ${name} is running and healthy: http://127.0.0.1:13141`,
    );
    expect(stderr).toContain(`occ --host ${name} user add NAME`);
  }
  expect(stdout).toContain(`occ open ${dead.name}`);
});

test('status is 0 only while all are healthy, 4 when some are not, 1 when none is', async () => {
  expect(await status()).toEqual({ code: 0, well: names });
  expect(await occ.run(['--host', dead.name, 'stop'])).toMatchObject({ code: 0 });
  expect(await status()).toEqual({ code: 4, well: [alive.name] });
  expect(await occ.run(['--host', alive.name, 'stop'])).toMatchObject({ code: 0 });
  expect(await status()).toEqual({ code: 1, well: [] });
  expect(await occ.run(['--all', 'start'])).toMatchObject({ code: 0 });
});

test('without sshd a host is an outcome beside the other’s: 4, and 3 when it is the only one', async () => {
  await using fault = await sshdStopped(dead);
  expect(fault).toBeDefined();
  expect(await status()).toEqual({ code: 4, well: [alive.name] });
  const { stdout, stderr } = await occ.run(['--all', 'status']);
  expect(stdout).toMatch(new RegExp(`^.*${alive.name}`, 'm'));
  expect(stderr).toMatch(new RegExp(`^error: .*${dead.name}`, 'm'));
  expect(await occ.run(['--host', dead.name, 'status'])).toMatchObject({ code: 3, stdout: '' });
});

test('the result of one does not wait for another that is silent, which has its own timeout', async () => {
  await using fault = await packetsDropped(dead);
  expect(fault).toBeDefined();
  const logs = occ.start(['--all', 'logs', '--tail', '1', '--json']);
  let over = false;
  void logs.ended.then(() => (over = true));
  await logs.says(new RegExp(`"type":"line","host":"${alive.name}"`));
  expect(over).toBe(false);
  const { code, stdout } = await logs.ended;
  expect(code).toBe(4);
  const summary = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as Record<string, unknown>;
  expect(summary).toMatchObject({ type: 'summary' });
  expect(errorIn(summary, dead.name)).toMatchObject({
    code: 'connect.timeout',
    message: expect.stringContaining(`within ${connectTimeout} s`) as string,
  });
});

test('a change is carried out on one although another is silent', async () => {
  const before = await stateOn(alive.name, containerName);
  await using fault = await packetsDropped(dead);
  expect(fault).toBeDefined();
  const { code, stdout, stderr } = await occ.run(['--all', 'restart']);
  expect(code).toBe(4);
  expect(stdout).toContain(`${containerName} on ${alive.name} is running and healthy`);
  expect(stderr).toMatch(new RegExp(`^error: .*${dead.name}.* within ${connectTimeout} s`, 'm'));
  expect(await stateOn(alive.name, containerName)).not.toEqual(before);
});
