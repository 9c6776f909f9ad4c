// How a path of the command line is written to the inventory, where relative paths start at the file.
import { dirname, resolve } from 'node:path';

/**
 * The text for the inventory: `~/…` and absolute paths as they are; a relative one as it is where it means the same,
 * else absolute.
 */
export function storedPath(path: string, inventoryFile: string): string {
  if (path === '') return path;
  const fromHome = path === '~' || path.startsWith('~/');
  const meansTheSame = resolve(path) === resolve(dirname(inventoryFile), path);
  return fromHome || meansTheSame ? path : resolve(path);
}
