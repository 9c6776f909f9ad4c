// Merges the layers of an inventory into the settings of one host: built-in ← defaults ← groups ← host.
import type { Inventory, Origin } from './inventory.ts';
import {
  builtInSettings,
  settingsSchema,
  type HostSettings,
  type InventoryData,
  type PartialSettings,
  type SettingKey,
} from './inventory-schema.ts';

interface LayerValues {
  readonly origin: Origin;
  readonly values: PartialSettings;
}

/** What an inventory answers from its data alone. */
export function answersFrom(data: InventoryData): Omit<Inventory, 'file' | 'exists' | 'edit'> {
  return {
    data,
    hostNames: Object.keys(data.hosts ?? {}),
    groupNames: Object.keys(data.groups ?? {}),
    membersOf: (group) => membersOf(data, group),
    settingsOf: (host) => mergeSettings(data, host),
    originOf: (host, key) => originOf(data, host, key),
  };
}

function mergeSettings(data: InventoryData, host: string): HostSettings {
  const merged = Object.assign(
    {},
    ...layersOf(data, host).map(({ values }) => values),
  ) as HostSettings;
  const address = hostOf(data, host)?.address;
  return address === undefined ? merged : { ...merged, address };
}

/** The strongest layer that has the key; `built-in` where none has. */
function originOf(data: InventoryData, host: string, key: SettingKey): Origin {
  const layer = layersOf(data, host).findLast(({ values }) => values[key] !== undefined);
  return layer?.origin ?? 'built-in';
}

/** Names of the hosts in a group, in the order of the file. */
function membersOf(data: InventoryData, group: string): readonly string[] {
  return Object.entries(data.hosts ?? {})
    .filter(([, host]) => host?.groups?.includes(group))
    .map(([name]) => name);
}

function layersOf(data: InventoryData, host: string): readonly LayerValues[] {
  const written = hostOf(data, host) ?? {};
  const groups = written.groups ?? [];
  return [
    { origin: 'built-in', values: builtInSettings },
    { origin: 'defaults', values: data.defaults ?? {} },
    ...groups.map((group) => ({ origin: { group }, values: data.groups?.[group] ?? {} })),
    { origin: { host }, values: settingsOnly(written) },
  ];
}

function settingsOnly(host: PartialSettings): PartialSettings {
  return Object.fromEntries(Object.entries(host).filter(([key]) => key in settingsSchema.shape));
}

function hostOf(data: InventoryData, host: string) {
  const hosts = data.hosts ?? {};
  return Object.hasOwn(hosts, host) ? (hosts[host] ?? undefined) : undefined;
}
