// The inventory file in memory: which hosts there are and what each one's settings are.
import type {
  HostSettings,
  InventoryData,
  PartialSettings,
  SettingKey,
} from './inventory-schema.ts';

/** Where an effective value comes from. */
export type Origin =
  'built-in' | 'defaults' | { readonly group: string } | { readonly host: string };

/** A place in the file that settings are written to. */
export type Layer = 'defaults' | { readonly group: string } | { readonly host: string };

/** Changes to the file; comments and order of everything else stay. */
export interface InventoryEdit {
  /** Creates the host or group when it is missing. */
  set(layer: Layer, key: SettingKey | 'address' | 'groups', value: unknown): void;
  unset(layer: Layer, key: SettingKey | 'address' | 'groups'): void;
  addHost(
    name: string,
    host: PartialSettings & { address?: string; groups?: readonly string[] },
  ): void;
  addGroup(name: string): void;
  removeHost(name: string): void;
  setDefaultHost(name: string | undefined): void;
}

/** A loaded, valid inventory. */
export interface Inventory {
  /** Absolute path; the file need not exist yet. */
  readonly file: string;
  readonly exists: boolean;
  readonly data: InventoryData;
  /** Hosts as named in the file, in its order. */
  readonly hostNames: readonly string[];
  readonly groupNames: readonly string[];
  /** Names of the hosts in a group. */
  membersOf(group: string): readonly string[];
  /** Effective settings of a host of the file, or of `local`. */
  settingsOf(host: string): HostSettings;
  /** Where the effective value of a key comes from. */
  originOf(host: string, key: SettingKey): Origin;
  /**
   * Applies the changes under the file's lock, validates the outcome, writes it atomically (mode 0600, directory 0700).
   * @returns the inventory as it is then
   * @throws InventoryError when the outcome would be invalid; the file is untouched
   */
  edit(change: (edit: InventoryEdit) => void): Promise<Inventory>;
}
