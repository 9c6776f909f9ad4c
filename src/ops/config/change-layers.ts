// The plan that config.set and config.unset share: one key, changed in the layers where that changes something.
import type { Inventory, InventoryEdit, Layer } from '../../hosts/inventory.ts';
import type { Plan } from '../operation.ts';
import { layerLabel, sameValue, valueInLayer } from './layers.ts';
import type { WritableKey } from './setting-key.ts';
import type { SettingValue } from './setting-value.ts';
import { writtenSetting, type WrittenSetting } from './write-settings.ts';

/** What becomes of a key. */
export interface KeyChange {
  readonly key: WritableKey;
  /** Undefined: it is taken away. */
  readonly value: SettingValue | undefined;
  /** The step in words; `places` are the layers, comma separated. */
  summary(places: string): string;
  /** Changes one layer. */
  change(edit: InventoryEdit, layer: Layer): void;
  /** Called when the file has been written. */
  written?(): void;
}

/** Plans one edit of the file for all layers; no step when every layer is so already. */
export function planChange(
  inventory: Inventory,
  layers: readonly Layer[],
  wanted: KeyChange,
): Plan<WrittenSetting> {
  const { key, value } = wanted;
  const changing = layers.filter((layer) => !sameValue(valueInLayer(inventory, layer, key), value));
  let after = inventory;
  const apply = async () => {
    after = await inventory.edit((edit) => changing.forEach((layer) => wanted.change(edit, layer)));
    wanted.written?.();
  };
  const summary = wanted.summary(changing.map(layerLabel).join(', '));
  return {
    steps: changing.length > 0 ? [{ summary, apply }] : [],
    result: () => Promise.resolve(writtenSetting(inventory, after, layers, key)),
  };
}
