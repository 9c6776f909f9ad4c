// Whether there is an inventory to work with, without reading it.
import { access } from 'node:fs/promises';
import { homedir } from 'node:os';
import { chooseInventory } from '../hosts/inventory-path.ts';
import type { Surroundings } from './terminal.ts';

/** True also when one was named that is not there: using it then says what is wrong. */
export async function hasInventory(
  file: string | undefined,
  { env, cwd }: Surroundings,
): Promise<boolean> {
  const home = env['HOME'] ?? homedir();
  const chosen = await chooseInventory({ file, env, cwd: cwd(), home });
  if (chosen.namedBy !== undefined) return true;
  return access(chosen.file).then(
    () => true,
    () => false,
  );
}
