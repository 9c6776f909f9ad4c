// Web users on this machine and on a remote one: what the commands say is what a browser meets.
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { RunRequest } from '../../src/ops/run-report.ts';
import { Secret } from '../../src/secret.ts';
import { failureOf, Fleet, labEntry, only, type Ran } from './fleet.ts';

const lab = inject('lab');
const remote = lab.hosts.find(({ kind }) => kind === 'trixie') ?? lab.hosts[0];
if (!remote) throw new Error('the lab has no host');
const remoteName = remote.name;
const settings = { container_name: 'cfg-users', port: 13_081 };
let fleet: Fleet;

beforeAll(async () => {
  fleet = await Fleet.of({
    local: settings,
    [remoteName]: labEntry(lab.sshConfigFile, settings),
  });
  await fleet.provideImage(remote);
});

afterAll(async () => {
  await fleet[Symbol.asyncDispose]();
});

/** A person who types, or pipes, the same password each time. */
function typing(password: string): { prompter: RunRequest['prompter'] } {
  const secret = new Secret(password);
  return {
    prompter: {
      line: () => Promise.resolve(undefined),
      secret: () => Promise.resolve(secret),
      confirm: () => Promise.resolve(undefined),
      stdinLine: () => Promise.resolve(secret),
    },
  };
}

/** HTTP status of the page for that login. */
async function login(host: string, user: string, password: string): Promise<number> {
  const pair = Buffer.from(`${user}:${password}`).toString('base64');
  return fleet.reach(host, async (url) => {
    const response = await fetch(`${url}/`, { headers: { authorization: `Basic ${pair}` } });
    await response.arrayBuffer();
    return response.status;
  });
}

async function names(host: string): Promise<unknown> {
  const { users } = only(await fleet.run('user.list', [host])).value;
  return users;
}

function resultsOf({ report }: Ran): Record<string, unknown>[] {
  return report.outcomes.map((outcome) => {
    if (!outcome.ok) throw outcome.error;
    return outcome.value.result as Record<string, unknown>;
  });
}

describe.each(['local', remoteName])('on %s', (host) => {
  test('without a container it says to start first', async () => {
    const listed = failureOf(await fleet.run('user.list', [host]), host);
    expect(listed.error).toMatchObject({ code: 'docker.not-found' });
    expect(listed.error.hint).toContain(`occ --host ${host} start`);
  });

  test('a user can log in from the moment it is added, with the new password only after a change', async () => {
    only(await fleet.run('start', [host]));
    expect(await names(host)).toEqual([]);
    const first = 'first: pass "word" ä';
    const added = await fleet.run('user.add', [host], { name: 'alice' }, typing(first));
    expect(only(added)).toMatchObject({ changed: true, value: { user: 'alice', added: true } });
    expect(JSON.stringify(added)).not.toContain('first: pass');
    expect(await login(host, 'alice', first)).toBe(200);
    expect(await login(host, 'alice', 'wrong')).toBe(401);
    expect(await names(host)).toEqual([{ name: 'alice', enabled: true }]);

    const again = await fleet.run('user.add', [host], { name: 'alice' }, typing('another'));
    expect(only(again)).toMatchObject({ changed: false, value: { added: false } });
    expect(await login(host, 'alice', first)).toBe(200);

    const source = { name: 'alice', password_stdin: true };
    await fleet.run('user.passwd', [host], source, typing('second')).then(only);
    expect(await login(host, 'alice', 'second')).toBe(200);
    expect(await login(host, 'alice', first)).toBe(401);

    expect(only(await fleet.run('user.remove', [host], { name: 'alice' })).changed).toBe(true);
    expect(await login(host, 'alice', 'second')).toBe(401);
    expect(only(await fleet.run('user.remove', [host], { name: 'alice' })).changed).toBe(false);
  });

  test('a name of the system is refused, and a missing user has no password to change', async () => {
    const root = await fleet.run('user.add', [host], { name: 'root' }, typing('secret'));
    expect(failureOf(root, host).error.code).toBe('user.bad-name');
    const nobody = await fleet.run('user.passwd', [host], { name: 'bob' }, typing('secret'));
    expect(failureOf(nobody, host).error.code).toBe('user.not-found');
  });
});

test('one generated password works on both hosts, and is in the result only', async () => {
  const ran = await fleet.run('user.add', ['local', remoteName], { name: 'carol', generate: true });
  const [here, there] = resultsOf(ran);
  expect(here?.['password']).toMatch(/^\w{24}$/);
  expect(there?.['password']).toBe(here?.['password']);
  expect(JSON.stringify(ran.events)).not.toContain(here?.['password']);
  for (const host of ['local', remoteName]) {
    expect(await login(host, 'carol', String(here?.['password']))).toBe(200);
  }
});

test('a stopped container is told from a missing one', async () => {
  only(await fleet.run('stop', [remoteName]));
  const listed = failureOf(await fleet.run('user.list', [remoteName]), remoteName);
  expect(['docker.conflict', 'docker.not-found']).toContain(listed.error.code);
  expect(listed.error.hint).toContain('start');
});
