// Effective settings of a host, each with where it comes from.
import type { Inventory } from '../../hosts/inventory.ts';
import type { SettingKey } from '../../hosts/inventory-schema.ts';
import { describePin } from '../../transport/host-keys/ssh-pins.ts';
import type { Cell } from '../view.ts';
import { originLabel } from './layers.ts';
import { settingKeys } from './setting-key.ts';
import { formatSettingValue, type SettingValue } from './setting-value.ts';

/** One setting of one host. */
export interface EffectiveSetting {
  readonly key: SettingKey;
  /** Null when it is set nowhere. */
  readonly value: SettingValue | null;
  /** `built-in`, `defaults`, `group NAME` or `host NAME`; null when it is set nowhere. */
  readonly origin: string | null;
}

/** Every setting of a host of the inventory, or of `local`, in the order of the schema. */
export function effectiveSettings(inventory: Inventory, host: string): readonly EffectiveSetting[] {
  return settingKeys.map((key) => effectiveSetting(inventory, host, key));
}

/** One setting of a host. */
export function effectiveSetting(
  inventory: Inventory,
  host: string,
  key: SettingKey,
): EffectiveSetting {
  const value = inventory.settingsOf(host)[key];
  if (value === undefined) return { key, value: null, origin: null };
  return { key, value, origin: originLabel(inventory.originOf(host, key)) };
}

/** The value as a cell of a table; host keys by their fingerprints, which are shorter and what people compare. */
export function valueCell({ key, value }: EffectiveSetting): Cell {
  if (key === 'host_keys' && typeof value === 'object' && value !== null) {
    return value.map(describePin).join(', ');
  }
  return value === null ? { text: 'not set', tone: 'dim' } : formatSettingValue(value);
}

/** The origin as a cell of a table. */
export function originCell({ origin }: EffectiveSetting): Cell {
  return { text: origin ?? '', tone: 'dim' };
}
