// Where the inventory is found, and what its layers mean together.
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { InventoryError } from '../../../src/errors.ts';
import { ownerProblem } from '../../../src/hosts/inventory-owner.ts';
import { loadInventory } from '../../../src/hosts/load-inventory.ts';
import { configDirectory, stateDirectory } from '../../../src/hosts/state-dir.ts';
import { tempDirectory } from './temp-dir.ts';

const one = 'version: 1\nhosts:\n  web-1:\n';

async function inventoryOf(text: string) {
  const directory = await tempDirectory();
  const file = join(directory, 'inventory.yaml');
  await writeFile(file, text);
  return loadInventory({ file, env: {}, cwd: directory, home: directory });
}

describe('the file', () => {
  async function places() {
    const home = await tempDirectory();
    const cwd = join(home, 'work');
    const xdg = join(home, '.config/opencode-cloud');
    await mkdir(cwd);
    await mkdir(xdg, { recursive: true });
    return { home, cwd, xdg };
  }

  it('is the named one before that of the environment', async () => {
    const { home, cwd } = await places();
    const env = { OCC_INVENTORY: 'env.yaml' };
    const named = await loadInventory({ file: 'named.yaml', env, cwd, home });
    expect(named.file).toBe(join(cwd, 'named.yaml'));
    expect((await loadInventory({ env, cwd, home })).file).toBe(join(cwd, 'env.yaml'));
  });

  it('is ./inventory.yaml where there is one, else in the configuration directory', async () => {
    const { home, cwd, xdg } = await places();
    await writeFile(join(xdg, 'inventory.yaml'), one);
    expect((await loadInventory({ env: {}, cwd, home })).file).toBe(join(xdg, 'inventory.yaml'));
    await writeFile(join(cwd, 'inventory.yaml'), one);
    expect((await loadInventory({ env: {}, cwd, home })).file).toBe(join(cwd, 'inventory.yaml'));
  });

  it('is not one that anybody could have put into the working directory, unless it is named', async () => {
    const { home, cwd } = await places();
    const file = join(cwd, 'inventory.yaml');
    await writeFile(file, one);
    await chmod(file, 0o666);
    const loading = loadInventory({ env: {}, cwd, home });
    await expect(loading).rejects.toThrow('can be written by every user of this machine');
    await expect(loading).rejects.toMatchObject({ name: InventoryError.name });
    const named = await loadInventory({ file: 'inventory.yaml', env: {}, cwd, home });
    expect(named.hostNames).toEqual(['web-1']);
  });

  it.each<[number, number, number, string | undefined]>([
    [1000, 0o644, 1000, undefined],
    [1000, 0o664, 1000, undefined],
    [0, 0o644, 1000, undefined],
    [1001, 0o600, 1000, 'belongs to another user (uid 1001)'],
    [1000, 0o644, 0, 'belongs to another user (uid 1000)'],
    [1000, 0o602, 1000, 'can be written by every user of this machine'],
  ])('of uid %d with mode %o, found by uid %d: %s', (uid, mode, me, problem) => {
    expect(ownerProblem({ uid, mode }, me)).toBe(problem);
  });

  it('follows XDG_CONFIG_HOME, unless that is relative', async () => {
    const { home, cwd } = await places();
    const file = async (value: string) =>
      (await loadInventory({ env: { XDG_CONFIG_HOME: value }, cwd, home })).file;
    expect(await file('/etc/xdg-x')).toBe('/etc/xdg-x/opencode-cloud/inventory.yaml');
    expect(await file('relative')).toBe(join(home, '.config/opencode-cloud/inventory.yaml'));
  });

  it('may be missing: it reads as empty, and ~ is the home directory', async () => {
    const { home, cwd } = await places();
    const inventory = await loadInventory({ file: '~/none.yaml', env: {}, cwd, home });
    expect(inventory).toMatchObject({
      file: join(home, 'none.yaml'),
      exists: false,
      hostNames: [],
    });
    expect(inventory.settingsOf('local').port).toBe(3000);
  });

  it('may not be missing when it was named and must exist', async () => {
    const { home, cwd } = await places();
    const loading = loadInventory({ env: { OCC_INVENTORY: 'x.yaml' }, cwd, home, mustExist: true });
    await expect(loading).rejects.toThrow(
      `${join(cwd, 'x.yaml')}: does not exist (named by OCC_INVENTORY)`,
    );
    await expect(loadInventory({ env: {}, cwd, home, mustExist: true })).resolves.toBeDefined();
  });

  it.each(['', '# nothing yet\n', '---\n'])('may hold nothing: %j', async (text) => {
    expect(await inventoryOf(text)).toMatchObject({ exists: true, hostNames: [], groupNames: [] });
  });
});

it('takes hundreds of hosts that share an anchor', async () => {
  const names = Array.from({ length: 500 }, (_, index) => `web-${index}`);
  const hosts = names.map((name) => `  ${name}: { <<: *base }\n`).join('');
  const text = `version: 1\ngroups:\n  web: &base { port: 4000 }\nhosts:\n${hosts}`;
  const inventory = await inventoryOf(text);
  expect(inventory.hostNames).toEqual(names);
  expect(inventory.settingsOf('web-499').port).toBe(4000);
});

describe('layers', () => {
  const text = `version: 1
defaults: { port: 4000, health_timeout: 60 }
groups:
  a: { port: 4001, ssh_user: ann, connect_timeout: 5 }
  b: { port: 4002, ssh_user: bob }
  empty:
hosts:
  x: { groups: [a, b, empty], ssh_user: me, address: x.example.com }
  y: { groups: [b, a] }
  z:
`;

  it('win from right to left: host, later group, earlier group, defaults, built-in', async () => {
    const inventory = await inventoryOf(text);
    expect(inventory.settingsOf('x')).toEqual({
      port: 4002,
      bind_address: '127.0.0.1',
      container_name: 'opencode-cloud',
      health_timeout: 60,
      connect_timeout: 5,
      warm_connections: 600,
      password_login: false,
      ssh_user: 'me',
      address: 'x.example.com',
    });
    expect(inventory.settingsOf('y')).toMatchObject({ port: 4001, ssh_user: 'ann' });
    expect(inventory.settingsOf('z').port).toBe(4000);
    expect(inventory.settingsOf('local').port).toBe(4000);
  });

  it('can be told apart', async () => {
    const inventory = await inventoryOf(text);
    expect(inventory.originOf('x', 'ssh_user')).toEqual({ host: 'x' });
    expect(inventory.originOf('x', 'port')).toEqual({ group: 'b' });
    expect(inventory.originOf('x', 'connect_timeout')).toEqual({ group: 'a' });
    expect(inventory.originOf('x', 'health_timeout')).toBe('defaults');
    expect(inventory.originOf('x', 'container_name')).toBe('built-in');
  });

  it('knows the members of a group', async () => {
    const inventory = await inventoryOf(text);
    expect(inventory.membersOf('b')).toEqual(['x', 'y']);
    expect(inventory.membersOf('empty')).toEqual(['x']);
  });

  it('may be shared by anchors and merge keys', async () => {
    const inventory = await inventoryOf(
      'version: 1\nhosts:\n  a: &base { port: 5000, ssh_user: u }\n  b: *base\n  c: { <<: *base, port: 6000 }\n',
    );
    expect(inventory.settingsOf('b')).toMatchObject({ port: 5000, ssh_user: 'u' });
    expect(inventory.settingsOf('c')).toMatchObject({ port: 6000, ssh_user: 'u' });
  });

  it('does not take settings from what every object has', async () => {
    const inventory = await inventoryOf('version: 1\n');
    expect(inventory.settingsOf('constructor').address).toBeUndefined();
  });
});

describe('the directories', () => {
  it('follow the XDG specification', () => {
    expect(stateDirectory({}, '/h')).toBe('/h/.local/state/opencode-cloud');
    expect(stateDirectory({ XDG_STATE_HOME: '/s' }, '/h')).toBe('/s/opencode-cloud');
    expect(configDirectory({ XDG_CONFIG_HOME: '' }, '/h')).toBe('/h/.config/opencode-cloud');
  });
});

describe('inventory.example.yaml', () => {
  it('is valid, and means what its comments say', async () => {
    const file = new URL('../../../inventory.example.yaml', import.meta.url).pathname;
    const inventory = await loadInventory({ file, env: {}, cwd: '/', home: '/' });
    expect(inventory.hostNames).toEqual(['local', 'workshop', 'desk-7', 'web-1', 'web-2', 'lab']);
    expect(inventory.data.default_host).toBe('web-1');
    expect(inventory.settingsOf('workshop')).toMatchObject({ port: 3000, health_timeout: 180 });
    expect(inventory.settingsOf('workshop').address).toBeUndefined();
    expect(inventory.settingsOf('local').port).toBe(3080);
    expect(inventory.settingsOf('web-2')).toMatchObject({
      port: 8443,
      ssh_user: 'ops',
      extra_ca_file: 'certificates/company-ca.pem',
    });
    expect(inventory.membersOf('inspected')).toEqual(['desk-7', 'web-2']);
    expect(inventory.originOf('desk-7', 'connect_timeout')).toEqual({ group: 'office' });
  });
});
