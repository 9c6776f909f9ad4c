// Ctrl-C, and two operators at once, with the built command: nothing half made, no lock left, and it says what remains.
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import { BuiltOcc, errorIn, type Ended, type Running } from './built-occ.ts';
import { Fleet, labEntry } from './fleet.ts';
import { dockerOn, leftOn, stateOn } from './target.ts';

const lab = inject('lab');
const remote = lab.hosts.find(({ kind }) => kind === 'bookworm') ?? lab.hosts[0];
if (!remote) throw new Error('the lab has no host');
const containerName = 'claims-stop';
const settings = { container_name: containerName, port: 13_111 };
let fleet: Fleet;
let occ: BuiltOcc;
let reference: string;

beforeAll(async () => {
  fleet = await Fleet.of({
    local: settings,
    [remote.name]: labEntry(lab.sshConfigFile, settings),
  });
  reference = await fleet.provideImage(remote);
  occ = await BuiltOcc.with((await fleet.inventory()).file);
});

afterAll(async () => {
  await occ[Symbol.asyncDispose]();
  await fleet[Symbol.asyncDispose]();
});

/** Ctrl-C, as soon as it says so. */
async function stopAt(running: Running, moment: RegExp): Promise<Ended> {
  await running.says(moment);
  running.child.kill('SIGINT');
  return running.ended;
}

function saysWhatRemains({ code, stdout, stderr }: Ended, host: string): void {
  expect({ code, stdout }, stderr).toEqual({ code: 130, stdout: '' });
  expect(stderr).toContain('Stopping… Ctrl-C again leaves at once\n');
  expect(stderr).toContain(`Interrupted: no host is finished; not finished: ${host}\n`);
  expect(stderr).toContain('hint: The same command finishes the rest\n');
}

describe.each(['local', remote.name])('on %s', (name) => {
  const on = ['--host', name];
  const waiting = new RegExp(`wait until ${containerName} is healthy, \\d+ s at most`);

  /** A lock that is held would refuse it. */
  afterEach(async () => {
    expect(await occ.run([...on, 'start', '--dry-run'])).toMatchObject({ code: 0 });
  });

  test('Ctrl-C while the image is built leaves the old image, and nothing else', async () => {
    const image = ['image', 'inspect', '--format', '{{.Id}}', reference];
    const before = await dockerOn(name, ...image);
    const building = occ.start([...on, 'start', '--build']);
    saysWhatRemains(await stopAt(building, /build image .*: step 3\/\d+/), name);
    expect(await dockerOn(name, ...image)).toBe(before);
    expect(await leftOn(name, containerName)).toBe('');
  });

  test('Ctrl-C while a first container becomes healthy removes it and its volumes', async () => {
    const ended = await stopAt(occ.start([...on, 'start']), waiting);
    saysWhatRemains(ended, name);
    expect(ended.stderr).toContain(`Undone: remove container ${containerName}\n`);
    expect(ended.stderr).toContain(`Undone: remove volume ${containerName}-data\n`);
    expect(await leftOn(name, containerName)).toBe('');
  });

  test('Ctrl-C while a container is replaced puts the old one back', async () => {
    expect(await occ.run([...on, 'start'])).toMatchObject({ code: 0 });
    const id = ['ps', '--quiet', '--no-trunc', '--filter', `name=${containerName}`];
    const before = await dockerOn(name, ...id);
    const ended = await stopAt(occ.start([...on, 'start', '--recreate']), waiting);
    saysWhatRemains(ended, name);
    expect(ended.stderr).toContain(`Undone: put the previous container ${containerName} back\n`);
    expect(await dockerOn(name, ...id)).toBe(before);
    expect(await occ.run([...on, 'start'])).toMatchObject({ code: 0 });
    expect(await dockerOn(name, ...id)).toBe(before);
  });

  test('of two operators at once one proceeds, and the other is told who and what', async () => {
    const first = occ.start([...on, 'restart']);
    await first.says(/stop container/);
    const [said, told] = await Promise.all([
      occ.run([...on, 'stop']),
      occ.json([...on, 'start', '--recreate']),
    ]);
    expect(said).toMatchObject({ code: 1, stdout: '' });
    expect(said.stderr).toMatch(
      /^error: The host is locked.*: \S+@\S+ has been running "restart" since /m,
    );
    expect(said.stderr).toMatch(/^hint: Wait until that has ended/m);
    expect(told.code).toBe(1);
    expect(errorIn(told.document, name)).toMatchObject({ code: 'locked', host: name });
    expect(await first.ended).toMatchObject({ code: 0 });
  });

  test('an operator who is killed leaves no lock', async () => {
    const first = occ.start([...on, 'restart']);
    await first.says(/stop container/);
    first.child.kill('SIGKILL');
    await first.ended;
    // The host learns of it when the connection ends.
    const start = async () => (await occ.run([...on, 'start'])).code;
    await expect.poll(start, { timeout: 60_000 }).toBe(0);
    const { containers } = (await stateOn(name, containerName)) as { containers: string[] };
    expect(containers).toHaveLength(1);
  });
});
