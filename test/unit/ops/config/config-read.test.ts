// config.show, config.get and config.path on real files.
import { expect, test } from 'vitest';
import { operation as configGet } from '../../../../src/ops/config/config-get.ts';
import { operation as configPath } from '../../../../src/ops/config/config-path.ts';
import { operation as configShow } from '../../../../src/ops/config/config-show.ts';
import { realInventory, runOn } from './real-inventory.ts';

const fleet = `version: 1
defaults: { health_timeout: 60 }
groups:
  web: { ssh_user: deploy }
hosts:
  web-1: { groups: [web], port: 4000 }
`;

test('show tells each value and where it comes from', async () => {
  const inventory = await realInventory(fleet);
  const { result } = await runOn(inventory, configShow, {}, { selected: ['web-1', 'local'] });
  expect(result.path).toBe(inventory.file);
  const [web] = result.hosts;
  expect(web?.host).toBe('web-1');
  expect(web?.settings).toEqual(
    expect.arrayContaining([
      { key: 'port', value: 4000, origin: 'host web-1' },
      { key: 'health_timeout', value: 60, origin: 'defaults' },
      { key: 'ssh_user', value: 'deploy', origin: 'group web' },
      { key: 'bind_address', value: '127.0.0.1', origin: 'built-in' },
      { key: 'identity_file', value: null, origin: null },
    ]),
  );
  expect(result.hosts.map(({ host }) => host)).toEqual(['web-1', 'local']);
});

test('get of one host shows the value alone, of several a table', async () => {
  const inventory = await realInventory(fleet);
  const one = await runOn(inventory, configGet, { key: 'port' }, { selected: ['web-1'] });
  expect(configGet.present(one.result, { key: 'port' })).toEqual([{ kind: 'text', text: '4000' }]);
  const selected = { selected: ['local', 'web-1'] };
  const two = await runOn(inventory, configGet, { key: 'port' }, selected);
  expect(configGet.present(two.result, { key: 'port' })).toMatchObject([
    {
      kind: 'table',
      rows: [
        ['local', '3000', { text: 'built-in' }],
        ['web-1', '4000', { text: 'host web-1' }],
      ],
    },
  ]);
});

test('get of what is not set prints nothing and says so', async () => {
  const inventory = await realInventory(fleet);
  const { result, events } = await runOn(inventory, configGet, { key: 'identity_file' });
  expect(configGet.present(result, { key: 'identity_file' })).toEqual([]);
  expect(events).toMatchObject([{ type: 'notice', message: 'identity_file is not set' }]);
});

test('get of an unknown key suggests the near one', async () => {
  const inventory = await realInventory(fleet);
  const run = runOn(inventory, configGet, { key: 'bind_adress' });
  await expect(run).rejects.toMatchObject({ code: 'usage', hint: 'Did you mean bind_address?' });
});

test('path answers also when the file does not exist', async () => {
  const inventory = await realInventory();
  const { result } = await runOn(inventory, configPath, {});
  expect(result).toEqual({ path: inventory.file, exists: false });
});
