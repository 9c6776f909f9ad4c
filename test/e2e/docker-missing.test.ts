// A host whose Docker Engine cannot be used, met by the built command: absent, stopped, forbidden, or its port taken.
import { describe, expect, inject, test } from 'vitest';
import { engineStopped } from '../lab/faults.ts';
import { labUsers } from '../lab/lab-hosts.ts';
import { bootBareMachine, occElsewhere, type Surroundings } from './bare-machine.ts';
import { BuiltOcc, errorIn, type Document } from './built-occ.ts';
import { Fleet, labEntry } from './fleet.ts';
import { occupied } from './occupied.ts';
import { leftOn } from './target.ts';

const lab = inject('lab');
const [first] = lab.hosts;
if (!first) throw new Error('the lab has no host');
const containerName = 'claims-docker';
const port = 13_101;

test('absent on a remote host', async () => {
  await using machine = await bootBareMachine(first);
  await using occ = await BuiltOcc.of({ bare: machine.entry });
  const wanted = {
    exit: 1,
    code: 'docker.absent',
    host: 'bare',
    message: /Docker is not installed/,
    hint: /apt-get install docker\.io/,
  };
  for (const words of ['start', 'status', 'restart']) {
    await occ.refuses(['--host', 'bare', words], wanted);
  }
  const added = await occ.run(['host', 'add', 'second', ...optionsOf(machine.entry)]);
  expect(added).toMatchObject({ code: 1, stdout: '' });
  expect(added.stderr).toMatch(/Docker is not installed, on second[^]*Nothing was written/);
});

function optionsOf(entry: Readonly<Record<string, string | number>>): string[] {
  return Object.entries(entry).flatMap(([key, value]) => [
    `--${key.replaceAll('_', '-')}`,
    String(value),
  ]);
}

const here: [what: string, has: Surroundings, code: string, message: RegExp, hint: RegExp][] = [
  [
    'absent',
    { client: false, socket: false },
    'docker.absent',
    /Docker is not installed/,
    /apt-get install docker\.io/,
  ],
  [
    'not running',
    { client: true, socket: false },
    'docker.not-running',
    /The Docker Engine is not running/,
    /sudo service docker start/,
  ],
  [
    'closed to the user',
    { client: true, socket: true },
    'docker.permission',
    /12345 may not use the Docker Engine at \/var\/run\/docker\.sock/,
    /usermod -aG docker 12345/,
  ],
];
test.each(here)('%s on this machine', async (_what, has, code, message, hint) => {
  for (const operation of ['start', 'status']) {
    const said = await occElsewhere(has, [operation]);
    expect(said).toMatchObject({ code: 1, stdout: '' });
    const [error = '', next = ''] = said.stderr.split(/^(?=hint: )/m);
    expect(error).toMatch(/^error: .*, on local/m);
    expect(error).toMatch(message);
    expect(next).toMatch(hint);
    const answer = await occElsewhere(has, [operation, '--json']);
    expect(answer.code).toBe(1);
    expect(errorIn(JSON.parse(answer.stdout) as Document, 'local')).toMatchObject({
      code,
      host: 'local',
    });
  }
});

describe.each(lab.hosts)('on $name', (host) => {
  const { name } = host;
  const entry = labEntry(lab.sshConfigFile, { container_name: containerName, port });

  test('it is not running', async () => {
    await using occ = await BuiltOcc.of({ [name]: entry });
    await using fault = await engineStopped(host);
    expect(fault).toBeDefined();
    const wanted = {
      exit: 1,
      code: 'docker.not-running',
      host: name,
      message: /The Docker Engine is not running/,
      hint: /sudo systemctl start docker/,
    };
    for (const words of [['start'], ['stop'], ['status'], ['user', 'list']]) {
      await occ.refuses(['--host', name, ...words], wanted);
    }
  });

  test('its socket is closed to the user', async () => {
    await using occ = await BuiltOcc.of({ [name]: { ...entry, ssh_user: labUsers.guest } });
    await occ.refuses(['--host', name, 'start'], {
      exit: 1,
      code: 'docker.permission',
      host: name,
      message: /guest may not use the Docker Engine at \/var\/run\/docker\.sock/,
      hint: /sudo usermod -aG docker guest/,
    });
    expect(await leftOn(name, containerName)).toBe('');
  });
});

describe.each(['local', ...lab.hosts.map(({ name }) => name)])('on %s', (name) => {
  const settings = { container_name: containerName, port };
  const host = lab.hosts.find((each) => each.name === name);
  const entry = host ? labEntry(lab.sshConfigFile, settings) : settings;

  test('the port of the web UI is taken', async () => {
    await using fleet = await Fleet.of({ [name]: entry });
    await using target = await fleet.open(name);
    await using taken = await occupied(target, port);
    expect(taken).toBeDefined();
    await using occ = await BuiltOcc.with((await fleet.inventory()).file);
    await occ.refuses(['--host', name, 'start'], {
      exit: 1,
      code: 'docker.port-taken',
      host: name,
      message: /Port 13101 on 127\.0\.0\.1 is in use by another program/,
      hint: new RegExp(`occ --host ${name} config set port NUMBER`),
    });
    expect(await leftOn(name, containerName)).toBe('');
  });
});
