// host.add, host.list, host.show and host.remove on real files; the machine behind a new host is a stand-in.
import { expect, test } from 'vitest';
import { ConnectError } from '../../../../src/errors.ts';
import type { Host } from '../../../../src/hosts/host.ts';
import type { Inventory } from '../../../../src/hosts/inventory.ts';
import { operation as hostAdd } from '../../../../src/ops/host/host-add.ts';
import { operation as hostList } from '../../../../src/ops/host/host-list.ts';
import { operation as hostRemove } from '../../../../src/ops/host/host-remove.ts';
import { operation as hostShow } from '../../../../src/ops/host/host-show.ts';
import { realInventory, runOn } from '../config/real-inventory.ts';

const fleet = `version: 1
default_host: web-1
groups:
  web: { ssh_user: deploy }
hosts:
  # the first one
  web-1: { address: ops@192.0.2.1, groups: [web] }
`;

const fingerprint = `SHA256:${'a'.repeat(43)}`;

/** A machine that answers, or fails, as told; remembers with which settings it was opened. */
function machine(failure?: Error) {
  const opened: { name: string; settings: Host['settings'] | undefined }[] = [];
  const facts = { os: 'linux', osName: 'Debian', arch: 'x86_64', user: 'ops' };
  const openHost = (name: string, inventory?: Inventory): Host => {
    opened.push({ name, settings: inventory?.settingsOf(name) });
    return {
      name,
      facts: () => (failure ? Promise.reject(failure) : Promise.resolve(facts)),
      engine: () => Promise.resolve({ version: () => Promise.resolve({ version: '20.10.24' }) }),
      hostKeys: () => Promise.resolve({ keys: [{ fingerprint, text: 'ssh-ed25519 AAAA' }] }),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    } as unknown as Host;
  };
  return { opened, openHost };
}

test('add connects with the settings that the host will have, then writes it', async () => {
  const inventory = await realInventory(fleet);
  const { opened, openHost } = machine();
  const input = { name: 'ops@192.0.2.2:2222', group: ['web', 'gpu'] };
  const { result } = await runOn(inventory, hostAdd, input, { openHost });
  expect(opened).toMatchObject([
    { name: '192.0.2.2', settings: { address: 'ops@192.0.2.2:2222', ssh_user: 'deploy' } },
  ]);
  expect(result).toMatchObject({ added: true, reached: { docker: '20.10.24', user: 'ops' } });
  const loaded = await inventory.load();
  expect(loaded.data.hosts?.['192.0.2.2']).toEqual({
    address: 'ops@192.0.2.2:2222',
    groups: ['web', 'gpu'],
  });
  expect(loaded.groupNames).toEqual(['web', 'gpu']);
  expect(await inventory.text()).toContain('# the first one');
});

test('the same again is nothing to do, and does not connect', async () => {
  const inventory = await realInventory(fleet);
  const input = { name: 'web-1', address: 'ops@192.0.2.1' };
  const { result, changed } = await runOn(inventory, hostAdd, input);
  expect(changed).toBe(false);
  expect(result.added).toBe(false);
  expect(await inventory.text()).toBe(fleet);
});

test('other data for a known name is refused, with the command that changes it', async () => {
  const inventory = await realInventory(fleet);
  const run = runOn(inventory, hostAdd, { name: 'web-1', address: 'ops@192.0.2.9' });
  await expect(run).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringContaining('address is ops@192.0.2.1, not ops@192.0.2.9') as string,
    hint: expect.stringContaining('occ --host web-1 config set address ops@192.0.2.9') as string,
  });
});

test('what cannot be reached is not written, and the error says how to add it all the same', async () => {
  const inventory = await realInventory(fleet);
  const failure = new ConnectError('refused', 'Nobody listens', {
    host: 'web-2',
    hint: 'Start it',
  });
  const run = runOn(inventory, hostAdd, { name: 'web-2', group: ['web'] }, machine(failure));
  await expect(run).rejects.toMatchObject({
    code: 'connect.refused',
    reason: 'refused',
    hint: 'Start it\nNothing was written. To add the host without this check: occ host add web-2 --group web --no-test',
  });
  expect(await inventory.text()).toBe(fleet);
});

test('what would change a host that is not there yet is told as a way to add it', async () => {
  const hint = 'Install a key — or: occ --host web-2 config set password_login true';
  const failure = new ConnectError('auth', 'Refused', { host: 'web-2', hint });
  const add = 'occ host add web-2 --ssh-user me';
  const run = runOn(
    await realInventory(fleet),
    hostAdd,
    { name: 'web-2', ssh_user: 'me' },
    machine(failure),
  );
  await expect(run).rejects.toMatchObject({
    hint: `Install a key — or: ${add} --password-login\nNothing was written. To add the host without this check: ${add} --no-test`,
  });
});

test('a key that was compared stays pinned when the host is added without a check', async () => {
  const failure = new ConnectError('auth', 'Refused', { host: 'web-2' });
  const input = { name: 'web-2', fingerprint };
  const run = runOn(await realInventory(fleet), hostAdd, input, machine(failure));
  await expect(run).rejects.toMatchObject({
    hint: expect.stringContaining(
      "occ host add web-2 --no-test && occ --host web-2 config set host_keys 'ssh-ed25519 AAAA'",
    ) as string,
  });
});

test('without the test nothing is opened', async () => {
  const inventory = await realInventory();
  const { result } = await runOn(inventory, hostAdd, { name: 'web-2', test: false });
  expect(result).toMatchObject({ added: true, reached: null });
  expect((await inventory.load()).hostNames).toEqual(['web-2']);
});

test('an ssh configuration called "none" is no file', async () => {
  const inventory = await realInventory(fleet);
  await runOn(inventory, hostAdd, { name: 'web-2', test: false, ssh_config: 'none' });
  expect((await inventory.load()).settingsOf('web-2').ssh_config).toBe('none');
});

test('a dry run shows the plan, opens nothing, writes nothing', async () => {
  const inventory = await realInventory(fleet);
  const { plan } = await runOn(inventory, hostAdd, { name: 'web-2' }, { dryRun: true });
  expect(plan).toEqual([
    'connect to web-2 and check its Docker Engine',
    `add web-2 to ${inventory.file}`,
  ]);
  expect(await inventory.text()).toBe(fleet);
});

test('an address that ssh cannot use is refused before anything is written', async () => {
  const inventory = await realInventory(fleet);
  const input = { name: 'web-2', address: 'ops@a b', test: false };
  await expect(runOn(inventory, hostAdd, input)).rejects.toMatchObject({ code: 'inventory' });
  expect(await inventory.text()).toBe(fleet);
});

test('list has this machine and marks the default', async () => {
  const inventory = await realInventory(fleet);
  const { result } = await runOn(inventory, hostList, {});
  expect(result.hosts).toEqual([
    { name: 'local', address: null, groups: [], default: false },
    { name: 'web-1', address: 'ops@192.0.2.1', groups: ['web'], default: true },
  ]);
  const empty = await realInventory();
  expect((await runOn(empty, hostList, {})).result.hosts).toEqual([
    { name: 'local', address: null, groups: [], default: true },
  ]);
});

test('show has the effective settings with their origins', async () => {
  const inventory = await realInventory(fleet);
  const { result } = await runOn(inventory, hostShow, { name: 'web-1' });
  expect(result).toMatchObject({ address: 'ops@192.0.2.1', groups: ['web'], default: true });
  expect(result.settings).toContainEqual({ key: 'ssh_user', value: 'deploy', origin: 'group web' });
  expect((await runOn(inventory, hostShow, { name: 'local' })).result.address).toBeNull();
});

test('remove forgets the host and the default, and tells how to get it back', async () => {
  const inventory = await realInventory(fleet);
  const ended: string[] = [];
  const openHost = (name: string): Host => {
    const end = () => Promise.resolve(ended.push(name));
    const kept = () => Promise.resolve({ count: 1, end });
    return { name, kept, [Symbol.asyncDispose]: () => Promise.resolve() } as unknown as Host;
  };
  const { result } = await runOn(inventory, hostRemove, { name: 'web-1' }, { openHost });
  expect(ended).toEqual(['web-1']);
  expect(result).toMatchObject({ name: 'web-1', removed: true, wasDefault: true });
  const loaded = await inventory.load();
  expect(loaded.hostNames).toEqual([]);
  expect(loaded.data.default_host).toBeUndefined();
  const shown = JSON.stringify(hostRemove.present(result, { name: 'web-1' }));
  expect(shown).toContain('occ host add web-1 --address ops@192.0.2.1 --group web');
  expect(shown).toContain('occ --host web-1 stop');
});

test('an unknown host cannot be shown', async () => {
  const inventory = await realInventory(fleet);
  const run = runOn(inventory, hostShow, { name: 'web-11' });
  await expect(run).rejects.toMatchObject({ code: 'usage', hint: 'Did you mean web-1?' });
});

test('removing a host that is not there is nothing to do, and near names are told', async () => {
  const inventory = await realInventory(fleet);
  const { result, changed } = await runOn(inventory, hostRemove, { name: 'web-11' });
  expect(changed).toBe(false);
  expect(result).toMatchObject({ name: 'web-11', removed: false });
  const shown = JSON.stringify(hostRemove.present(result, { name: 'web-11' }));
  expect(shown).toContain('Nothing to do');
  expect(shown).toContain('Did you mean web-1?');
  expect(await inventory.text()).toBe(fleet);
});

test('this machine cannot be removed, but what the file says of it can', async () => {
  const inventory = await realInventory(fleet);
  await expect(runOn(inventory, hostRemove, { name: 'local' })).rejects.toMatchObject({
    code: 'usage',
  });
  const named = await realInventory('version: 1\nhosts:\n  local: { port: 4000 }\n');
  await runOn(named, hostRemove, { name: 'local' });
  expect((await named.load()).settingsOf('local').port).toBe(3000);
});
