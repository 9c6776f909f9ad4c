// The result of config.set and config.unset: what it means for the hosts, and how it is shown.
import type { Inventory, Layer } from '../../hosts/inventory.ts';
import { allHosts } from '../../hosts/local-host.ts';
import type { View } from '../view.ts';
import { effectiveSetting } from './effective.ts';
import { layerLabel, sameValue, valueInLayer } from './layers.ts';
import { settingKeys, type WritableKey } from './setting-key.ts';
import { formatSettingValue, type SettingValue } from './setting-value.ts';

/** What became of one key in one layer. Null: not set there. */
export interface WrittenLayer {
  /** `defaults`, `group NAME` or `host NAME`. */
  readonly layer: string;
  readonly before: SettingValue | null;
  readonly after: SettingValue | null;
}

/** What became of a key. */
export interface WrittenSetting {
  readonly key: WritableKey;
  readonly path: string;
  readonly layers: readonly WrittenLayer[];
  /** Hosts below the layer that hold another value, and where that comes from. */
  readonly overridden: readonly {
    readonly host: string;
    readonly value: SettingValue;
    readonly origin: string;
  }[];
  /** True when running containers keep the old value until the next `occ start`. */
  readonly needsStart: boolean;
}

/** Keys that the container is made from; the others are read by occ itself each time. */
const containerKeys: ReadonlySet<WritableKey> = new Set([
  'port',
  'bind_address',
  'container_name',
  'base_image',
  'extra_ca_file',
]);

/** The result, from the inventory before and after. */
export function writtenSetting(
  before: Inventory,
  after: Inventory,
  layers: readonly Layer[],
  key: WritableKey,
): WrittenSetting {
  const written = layers.map((layer) => ({
    layer: layerLabel(layer),
    before: valueInLayer(before, layer, key) ?? null,
    after: valueInLayer(after, layer, key) ?? null,
  }));
  const changed = written.some(
    (layer) => !sameValue(layer.before ?? undefined, layer.after ?? undefined),
  );
  return {
    key,
    path: after.file,
    layers: written,
    overridden: layers.flatMap((layer) => overriddenBy(after, layer, key)),
    needsStart: changed && containerKeys.has(key),
  };
}

function overriddenBy(
  inventory: Inventory,
  layer: Layer,
  key: WritableKey,
): WrittenSetting['overridden'] {
  const setting = settingKeys.find((each) => each === key);
  const wanted = valueInLayer(inventory, layer, key);
  if (setting === undefined || wanted === undefined) return [];
  return hostsBelow(inventory, layer).flatMap((host) => {
    const { value, origin } = effectiveSetting(inventory, host, setting);
    if (value === null || origin === null || sameValue(value, wanted)) return [];
    return [{ host, value, origin }];
  });
}

function hostsBelow(inventory: Inventory, layer: Layer): readonly string[] {
  if (layer === 'defaults') return allHosts(inventory);
  return 'group' in layer ? inventory.membersOf(layer.group) : [layer.host];
}

/** The views of config.set and config.unset. */
export function presentWritten(result: WrittenSetting): readonly View[] {
  const lines = result.layers.map((layer) => lineOf(result.key, layer));
  const others = result.overridden.map(
    ({ host, value, origin }) => `${host} keeps ${formatSettingValue(value)}, from ${origin}`,
  );
  const next = result.needsStart ? ['occ start applies it to a container that exists already'] : [];
  return [
    ...lines.map((text): View => ({ kind: 'text', text })),
    ...others.map((text): View => ({ kind: 'text', text: { text, tone: 'warn' } })),
    ...next.map((text): View => ({ kind: 'text', text: { text, tone: 'dim' } })),
  ];
}

function lineOf(key: WritableKey, { layer, before, after }: WrittenLayer): string {
  const shown = after === null ? 'not set' : formatSettingValue(after);
  if (sameValue(before ?? undefined, after ?? undefined)) {
    return `Nothing to do: ${key} is ${after === null ? '' : 'already '}${shown} in ${layer}`;
  }
  const was = before === null ? '' : ` (was ${formatSettingValue(before)})`;
  return after === null
    ? `${key} removed from ${layer}${was}`
    : `${key} is ${shown} in ${layer}${was}`;
}
