// config.set and config.unset on real files.
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { operation as configSet } from '../../../../src/ops/config/config-set.ts';
import { operation as configUnset } from '../../../../src/ops/config/config-unset.ts';
import { operation as hostShow } from '../../../../src/ops/host/host-show.ts';
import { storedPath } from '../../../../src/hosts/inventory-path.ts';
import { realInventory, runOn } from './real-inventory.ts';

const fleet = `version: 1
defaults:
  port: 3000 # everybody
groups:
  web: {}
hosts:
  web-1:
    groups: [web]
  web-2:
    groups: [web]
    port: 4000
`;

test('writes to defaults, keeps comments, and says that it is done already the second time', async () => {
  const inventory = await realInventory(fleet);
  const first = await runOn(inventory, configSet, { key: 'port', value: '3001' });
  expect(first.changed).toBe(true);
  expect(first.result.layers).toEqual([{ layer: 'defaults', before: 3000, after: 3001 }]);
  expect(first.result.needsStart).toBe(true);
  expect(await inventory.text()).toContain('port: 3001 # everybody');

  const before = await inventory.text();
  const second = await runOn(inventory, configSet, { key: 'port', value: '3001' });
  expect(second.changed).toBe(false);
  expect(await inventory.text()).toBe(before);
  const views = configSet.present(second.result, { key: 'port', value: '3001' });
  expect(JSON.stringify(views)).toContain('already 3001');
});

test('says which hosts do not follow', async () => {
  const inventory = await realInventory(fleet);
  const { result } = await runOn(inventory, configSet, { key: 'port', value: '3001' });
  expect(result.overridden).toEqual([{ host: 'web-2', value: 4000, origin: 'host web-2' }]);
});

test('creates the file when there is none', async () => {
  const inventory = await realInventory();
  await runOn(inventory, configSet, { key: 'port', value: '3001' });
  expect((await inventory.load()).settingsOf('local').port).toBe(3001);
});

test('keeps "none" for an ssh configuration that is not to be read', async () => {
  const inventory = await realInventory(fleet);
  await runOn(inventory, configSet, { key: 'ssh_config', value: 'none' });
  expect((await inventory.load()).settingsOf('local').ssh_config).toBe('none');
});

test('writes to a group', async () => {
  const inventory = await realInventory(fleet);
  await runOn(inventory, configSet, { key: 'ssh_user', value: 'deploy', group: 'web' });
  const loaded = await inventory.load();
  expect(loaded.settingsOf('web-1').ssh_user).toBe('deploy');
  expect(loaded.originOf('web-2', 'ssh_user')).toEqual({ group: 'web' });
  expect(loaded.settingsOf('local').ssh_user).toBeUndefined();
});

test('writes to each selected host, in one edit', async () => {
  const inventory = await realInventory(fleet);
  const { result, plan } = await runOn(
    inventory,
    configSet,
    { key: 'port', value: '4000' },
    { selected: ['web-1', 'web-2', 'local'] },
  );
  expect(result.layers.map(({ after }) => after)).toEqual([4000, 4000, 4000]);
  expect(plan).toEqual(['set port to 4000 in host web-1, host local']);
  const loaded = await inventory.load();
  expect(loaded.settingsOf('local').port).toBe(4000);
  expect(loaded.data.defaults?.port).toBe(3000);
});

test('a dry run tells and writes nothing', async () => {
  const inventory = await realInventory(fleet);
  const options = { dryRun: true };
  const { plan } = await runOn(inventory, configSet, { key: 'port', value: '3001' }, options);
  expect(plan).toEqual(['set port to 3001 in defaults']);
  expect(await inventory.text()).toBe(fleet);
});

test.each([
  [{ key: 'prot', value: '1' }, /no setting "prot"/, 'Did you mean port?'],
  [{ key: 'port', value: '70000' }, /whole number from 1 to 65535, found "70000"/, 'web UI'],
  [{ key: 'port', value: '0x10' }, /whole number from 1 to 65535, found "0x10"/, 'web UI'],
  [{ key: 'bind_address', value: 'all' }, /IPv4 address or an IPv6 address, found "all"/, 'expos'],
  [
    { key: 'container_name', value: '-x' },
    /container_name: expected a name of 2 to 63 letters/,
    'container',
  ],
  [{ key: 'ssh_user', value: '' }, /ssh_user: expected/, 'Login'],
  [{ key: 'port', value: '1', group: 'wbe' }, /no group "wbe"/, 'Did you mean web?'],
  [{ key: 'groups', value: 'web' }, /belongs to one host/, '--host NAME'],
  [{ key: 'address', value: 'x', group: 'web' }, /belongs to one host/, '--host NAME'],
])('refuses %j and changes nothing', async (input, message, hint) => {
  const inventory = await realInventory(fleet);
  const failure: unknown = await runOn(inventory, configSet, input).catch(
    (error: unknown) => error,
  );
  expect(failure).toMatchObject({ code: 'usage' });
  expect((failure as Error).message).toMatch(message);
  expect((failure as { hint: string }).hint).toContain(hint);
  expect(await inventory.text()).toBe(fleet);
});

test('refuses --group together with --host', async () => {
  const inventory = await realInventory(fleet);
  const input = { key: 'port', value: '1', group: 'web' };
  const run = runOn(inventory, configSet, input, { selected: ['web-1'] });
  await expect(run).rejects.toThrow('exclude each other');
});

test('sets address and groups of a host; new groups are declared', async () => {
  const inventory = await realInventory(fleet);
  const selected = { selected: ['web-1'] };
  const address = { key: 'address', value: 'ops@192.0.2.1:2222' };
  await runOn(inventory, configSet, address, selected);
  await runOn(inventory, configSet, { key: 'groups', value: 'web, gpu' }, selected);
  const loaded = await inventory.load();
  expect(loaded.settingsOf('web-1').address).toBe('ops@192.0.2.1:2222');
  expect(loaded.data.hosts?.['web-1']?.groups).toEqual(['web', 'gpu']);
  expect(loaded.groupNames).toEqual(['web', 'gpu']);
});

test('several hosts cannot get one address', async () => {
  const inventory = await realInventory(fleet);
  const input = { key: 'address', value: 'x' };
  const run = runOn(inventory, configSet, input, { selected: ['web-1', 'web-2'] });
  await expect(run).rejects.toThrow('same address');
});

test('warns when the service is exposed, and only then', async () => {
  const inventory = await realInventory(fleet);
  const warningsOf = async (value: string) => {
    const { events } = await runOn(inventory, configSet, { key: 'bind_address', value });
    return events.filter((event) => event.type === 'notice' && event.level === 'warning');
  };
  for (const value of ['127.0.0.2', '::1', '0:0:0:0:0:0:0:1'])
    expect(await warningsOf(value)).toEqual([]);
  for (const value of ['0.0.0.0', '::', '10.1.2.3', '1::1'])
    expect(await warningsOf(value)).toHaveLength(1);
});

test('unset removes the key from that layer only; the second time there is nothing to do', async () => {
  const inventory = await realInventory(fleet);
  const selected = { selected: ['web-2'] };
  const first = await runOn(inventory, configUnset, { key: 'port' }, selected);
  expect(first.result.layers).toEqual([{ layer: 'host web-2', before: 4000, after: null }]);
  expect((await inventory.load()).settingsOf('web-2').port).toBe(3000);
  expect((await runOn(inventory, configUnset, { key: 'port' }, selected)).changed).toBe(false);
  expect((await runOn(inventory, configUnset, { key: 'port' })).changed).toBe(true);
});

test('a setting that occ itself reads needs no start', async () => {
  const inventory = await realInventory(fleet);
  const { result } = await runOn(inventory, configSet, { key: 'connect_timeout', value: '5' });
  expect(result.needsStart).toBe(false);
});

test('a relative path starts at the working directory, and is stored so that it means the same', async () => {
  const inventory = await realInventory(fleet);
  const stored = async (value: string) => {
    await runOn(inventory, configSet, { key: 'extra_ca_file', value });
    return (await inventory.load()).data.defaults?.extra_ca_file;
  };
  expect(await stored('certs/ca.pem')).toBe(resolve('certs/ca.pem'));
  expect(await stored('~/ca.pem')).toBe('~/ca.pem');
  expect(await stored('/etc/ca.pem')).toBe('/etc/ca.pem');
  const beside = join(process.cwd(), 'inventory.yaml');
  expect(storedPath('certs/ca.pem', beside)).toBe('certs/ca.pem');
});

test('host keys belong to one host, show as fingerprints, and can be unset', async () => {
  const inventory = await realInventory(fleet);
  const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f';
  const input = { key: 'host_keys', value: `${key},${key}` };
  for (const options of [{}, { selected: ['web-1', 'web-2'] }]) {
    await expect(runOn(inventory, configSet, input, options)).rejects.toMatchObject({
      code: 'usage',
      hint: expect.stringContaining('occ host trust') as string,
    });
  }
  const selected = { selected: ['web-2'] };
  const bad = runOn(inventory, configSet, { ...input, value: 'AAAA' }, selected);
  await expect(bad).rejects.toMatchObject({ code: 'usage' });
  const { result } = await runOn(inventory, configSet, input, selected);
  expect(result.needsStart).toBe(false);
  expect((await inventory.load()).settingsOf('web-2').host_keys).toEqual([key, key]);
  const shown = await runOn(inventory, hostShow, { name: 'web-2' });
  const view = JSON.stringify(hostShow.present(shown.result, { name: 'web-2' }));
  expect(view).toContain('ssh-ed25519 SHA256:ZkAslGjFiUHdGf/WUL8rQvkib4PTvQatUV0OUQSncCA');
  expect(view).not.toContain('AAAAC3');
  await runOn(inventory, configUnset, { key: 'host_keys' }, selected);
  expect((await inventory.load()).settingsOf('web-2').host_keys).toBeUndefined();
});
