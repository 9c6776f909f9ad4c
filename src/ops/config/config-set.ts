// config.set: writes one setting to the inventory.
import { z } from 'zod';
import { UsageError } from '../../errors.ts';
import { storedPath, storedSshConfig } from '../../hosts/inventory-path.ts';
import type { InventoryEdit, Layer } from '../../hosts/inventory.ts';
import { inventoryOperation, type InventoryContext, type Plan } from '../operation.ts';
import { planChange } from './change-layers.ts';
import { exposureWarning } from './exposure.ts';
import { chooseLayers } from './layers.ts';
import { isPathKey, keyField, writableKeyOf, type WritableKey } from './setting-key.ts';
import { formatSettingValue, parseSettingValue, type SettingValue } from './setting-value.ts';
import { presentWritten, type WrittenSetting } from './write-settings.ts';

/** Sets a key in `defaults`, in a group, or in each selected host. */
export const operation = inventoryOperation({
  name: 'config.set',
  summary: 'Change a setting',
  description:
    'Writes to "defaults", which every host follows; with --group to that group; with --host to each selected host. ' +
    'With --host, "address" and "groups" (comma separated) can be set as well.',
  examples: [
    {
      command: 'occ config set port 3001',
      explanation: 'for every host that does not say otherwise',
    },
    { command: 'occ --host web-1 config set ssh_user deploy', explanation: 'for one host' },
    { command: 'occ config set bind_address 10.0.0.5 --group lan', explanation: 'for a group' },
  ],
  input: z.object({
    key: keyField,
    value: z.string().describe('The new value; items of a list are separated by commas'),
    group: z.string().optional().describe('Write it to this group'),
  }),
  positionals: ['key', 'value'],
  effect: 'change',
  plan(context, input): Promise<Plan<WrittenSetting>> {
    const key = writableKeyOf(input.key);
    const text = storedText(key, input.value, context.inventory.file);
    const value = parseSettingValue(key, text);
    const layers = chooseLayers(context, key, input.group);
    refuseSharedAddress(key, layers);
    refuseSharedKeys(key, layers);
    const plan = planChange(context.inventory, layers, {
      key,
      value,
      summary: (places) => `set ${key} to ${formatSettingValue(value)} in ${places}`,
      change: (edit, layer) => set(edit, layer, key, value),
      written: () => warnOfExposure(context, key, value),
    });
    return Promise.resolve(plan);
  },
  present: presentWritten,
});

function storedText(key: WritableKey, value: string, inventoryFile: string): string {
  if (key === 'ssh_config') return storedSshConfig(value, inventoryFile);
  return isPathKey(key) ? storedPath(value, inventoryFile) : value;
}

function refuseSharedAddress(key: WritableKey, layers: readonly Layer[]): void {
  if (key !== 'address' || layers.length < 2) return;
  throw new UsageError('Several hosts cannot have the same address', {
    hint: 'Set it for one host at a time: occ --host NAME config set address …',
  });
}

/** A key that stands for several machines tells none of them from the others. */
function refuseSharedKeys(key: WritableKey, layers: readonly Layer[]): void {
  const [layer] = layers;
  const isOneHost = layers.length === 1 && typeof layer === 'object' && 'host' in layer;
  if (key !== 'host_keys' || isOneHost) return;
  throw new UsageError('host_keys belong to one host', {
    hint: 'Let occ read them, for one host at a time: occ host trust NAME',
  });
}

function warnOfExposure({ emit }: InventoryContext, key: WritableKey, value: SettingValue): void {
  const message = exposureWarning(key, value);
  if (message) emit({ type: 'notice', host: '', level: 'warning', message });
}

function set(edit: InventoryEdit, layer: Layer, key: WritableKey, value: SettingValue): void {
  // A group that is not declared would make the file invalid.
  if (key === 'groups' && Array.isArray(value))
    value.forEach((group: string) => edit.addGroup(group));
  edit.set(layer, key, value);
}
