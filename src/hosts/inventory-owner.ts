// Whether an inventory that merely lies in the working directory may be used: it names programs that ssh runs here.
import { stat } from 'node:fs/promises';
import { geteuid } from 'node:process';
import { InventoryError } from '../errors.ts';
import { shellWord } from '../shell-word.ts';

/** What stat(2) says of a file. */
interface Owner {
  readonly uid: number;
  readonly mode: number;
}

const writableByAll = 0o002;

/** Why a file is not to be trusted by this user; undefined when nothing speaks against it. As ssh does with its own. */
export function ownerProblem({ uid, mode }: Owner, me: number): string | undefined {
  if (uid !== me && uid !== 0) return `belongs to another user (uid ${uid})`;
  return (mode & writableByAll) === 0 ? undefined : 'can be written by every user of this machine';
}

/**
 * Refuses an inventory of somebody else that was found and not named: with `ssh_config` it could make ssh run a program
 * as whoever enters the directory and types `occ`. A file that is not there is fine.
 * @throws InventoryError
 */
export async function refuseForeign(file: string): Promise<void> {
  const me = geteuid?.();
  const owner = await stat(file).catch(() => undefined);
  const problem = me === undefined || owner === undefined ? undefined : ownerProblem(owner, me);
  if (problem === undefined) return;
  const message = `${problem}, so it is not used just because it lies here`;
  throw new InventoryError(file, [{ line: undefined, column: undefined, key: '', message }], {
    hint: `If you trust it, name it: occ --inventory ${shellWord(file)} …`,
  });
}
