// Which keys can be read and written, and the nearest one when a key is misspelt.
import { z } from 'zod';
import { UsageError } from '../../errors.ts';
import { hostSchema, settingsSchema, type SettingKey } from '../../hosts/inventory-schema.ts';
import { didYouMean } from '../../suggest.ts';

/** A key that can be written: a setting, or what only a host has. */
export type WritableKey = SettingKey | 'address' | 'groups';

/** Every setting, in the order of the schema. */
export const settingKeys = Object.keys(settingsSchema.shape) as readonly SettingKey[];

/** Input field of an operation on one key. */
export const keyField = z.string().describe(`One of: ${settingKeys.join(', ')}`);

/** What only a host has: these cannot be set in `defaults` or in a group. */
export const hostOnlyKeys = ['address', 'groups'] as const;

const pathKeys: readonly WritableKey[] = ['extra_ca_file', 'identity_file', 'ssh_config'];

/** True when the value is a path on this machine. */
export function isPathKey(key: WritableKey): boolean {
  return pathKeys.includes(key);
}

/**
 * The setting of that name.
 * @throws UsageError with near names
 */
export function settingKeyOf(text: string): SettingKey {
  return find(text, settingKeys);
}

/**
 * The key of that name, `address` and `groups` included.
 * @throws UsageError with near names
 */
export function writableKeyOf(text: string): WritableKey {
  return find(text, Object.keys(hostSchema.shape) as readonly WritableKey[]);
}

function find<Key extends string>(text: string, keys: readonly Key[]): Key {
  const key = keys.find((each) => each === text);
  if (key !== undefined) return key;
  throw new UsageError(`There is no setting "${text}"`, {
    hint: didYouMean(text, keys) ?? `Settings: ${keys.join(', ')}`,
  });
}
