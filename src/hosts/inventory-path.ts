// Which inventory file is used, and what paths inside it mean.
import { access } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { configDirectory, type Environment } from './state-dir.ts';

/** Where to look for the inventory. */
export interface InventoryPlace {
  /** `--inventory`. */
  readonly file?: string | undefined;
  /** `OCC_INVENTORY` and `XDG_CONFIG_HOME` are read from it. */
  readonly env: Environment;
  /** Absolute working directory. */
  readonly cwd: string;
  /** The operator's home directory. */
  readonly home: string;
}

/** An inventory file that was chosen. */
export interface ChosenInventory {
  /** Absolute path. */
  readonly file: string;
  /** How it was named; undefined when it was found where occ looks by itself. */
  readonly namedBy: '--inventory' | 'OCC_INVENTORY' | undefined;
  /** Whether it is used only because it lies in the working directory. */
  readonly foundHere?: boolean;
}

/**
 * The first of: `--inventory`, `OCC_INVENTORY`, `./inventory.yaml` where it exists, and
 * `$XDG_CONFIG_HOME/opencode-cloud/inventory.yaml`.
 */
export async function chooseInventory(place: InventoryPlace): Promise<ChosenInventory> {
  if (place.file !== undefined)
    return { file: absolute(place, place.file), namedBy: '--inventory' };
  const fromEnv = place.env['OCC_INVENTORY'];
  if (fromEnv) return { file: absolute(place, fromEnv), namedBy: 'OCC_INVENTORY' };
  const here = join(place.cwd, 'inventory.yaml');
  if (await isThere(here)) return { file: here, namedBy: undefined, foundHere: true };
  return {
    file: join(configDirectory(place.env, place.home), 'inventory.yaml'),
    namedBy: undefined,
  };
}

/** Reads a path as written in an inventory: `~` is the home directory, the rest is relative to the file. */
export function expandPath(path: string, inventoryFile: string, home: string): string {
  return resolve(dirname(inventoryFile), expandHome(path, home));
}

/**
 * What to write for a path of the command line: `~/…` and absolute paths as they are; a relative one as it is where it
 * means the same beside the file, else absolute.
 */
export function storedPath(path: string, inventoryFile: string): string {
  if (path === '') return path;
  const fromHome = path === '~' || path.startsWith('~/');
  const meansTheSame = resolve(path) === resolve(dirname(inventoryFile), path);
  return fromHome || meansTheSame ? path : resolve(path);
}

/** The same for `ssh_config`, where `none` means no file at all; a file of that name is `./none`. */
export function storedSshConfig(path: string, inventoryFile: string): string {
  return path === 'none' ? path : storedPath(path, inventoryFile);
}

function absolute(place: InventoryPlace, path: string): string {
  return resolve(place.cwd, expandHome(path, place.home));
}

function expandHome(path: string, home: string): string {
  if (path === '~') return home;
  return path.startsWith('~/') ? join(home, path.slice(2)) : path;
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
