// The layers of the inventory that settings stand in: which one is meant, and what stands there.
import { UsageError } from '../../errors.ts';
import type { Inventory, Layer, Origin } from '../../hosts/inventory.ts';
import { didYouMean } from '../../suggest.ts';
import { hostOnlyKeys, type WritableKey } from './setting-key.ts';
import type { SettingValue } from './setting-value.ts';

/** What chooses the layers: the selected hosts, a group, or neither. */
export interface LayerChoice {
  readonly selected: readonly string[];
  readonly explicitSelection: boolean;
  readonly inventory: Inventory;
}

/**
 * The layers to write `key` to: each host that was selected, else the group, else `defaults`.
 * @throws UsageError when both are given, the group is not in the inventory, or the key is for hosts only
 */
export function chooseLayers(
  choice: LayerChoice,
  key: WritableKey,
  group: string | undefined,
): readonly Layer[] {
  const { selected, explicitSelection } = choice;
  if (group !== undefined && explicitSelection) {
    throw new UsageError('--group and --host exclude each other', {
      hint: 'Set it for a group, or for hosts; --host @GROUP means each host of a group',
    });
  }
  if (explicitSelection) return selected.map((host) => ({ host }));
  if (hostOnlyKeys.some((each) => each === key)) {
    throw new UsageError(`${key} belongs to one host`, { hint: 'Say which with --host NAME' });
  }
  return [group === undefined ? 'defaults' : { group: knownGroup(choice.inventory, group) }];
}

function knownGroup(inventory: Inventory, group: string): string {
  if (inventory.groupNames.includes(group)) return group;
  throw new UsageError(`There is no group "${group}" in the inventory`, {
    hint:
      didYouMean(group, inventory.groupNames) ??
      'A group is made by putting a host into it: occ host add NAME --group GROUP',
  });
}

/** The layer as a person says it: `defaults`, `group gpu`, `host web-1`. */
export function layerLabel(layer: Layer): string {
  if (layer === 'defaults') return layer;
  return 'group' in layer ? `group ${layer.group}` : `host ${layer.host}`;
}

/** Where a value comes from, as a person says it; `built-in` included. */
export function originLabel(origin: Origin): string {
  return origin === 'built-in' ? origin : layerLabel(origin);
}

/** The value that stands in that very layer, whatever the others say. */
export function valueInLayer(
  inventory: Inventory,
  layer: Layer,
  key: WritableKey,
): SettingValue | undefined {
  const { defaults, groups, hosts } = inventory.data;
  const settings =
    layer === 'defaults'
      ? defaults
      : 'group' in layer
        ? groups?.[layer.group]
        : hosts?.[layer.host];
  return (settings as Partial<Record<WritableKey, SettingValue>> | null | undefined)?.[key];
}

/** Equal as they stand in the file. */
export function sameValue(a: SettingValue | undefined, b: SettingValue | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
