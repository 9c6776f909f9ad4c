// Loads the inventory file and changes it: find, read, check, and edit under a lock.
import { InventoryError } from '../errors.ts';
import { withFileLock } from '../file-lock.ts';
import { shellWord } from '../shell-word.ts';
import { answersFrom } from './effective-settings.ts';
import { editorOf } from './inventory-editor.ts';
import { refuseForeign } from './inventory-owner.ts';
import {
  prepareDirectory,
  readInventoryFile,
  targetOf,
  unwritable,
  writeInventoryFile,
} from './inventory-file.ts';
import { parseInventoryText, type InventoryDocument } from './inventory-document.ts';
import { chooseInventory, type InventoryPlace } from './inventory-path.ts';
import { checkInventory } from './inventory-problems.ts';
import type { InventoryData } from './inventory-schema.ts';
import { changedText, newFileHeader, stringifyInventory } from './inventory-style.ts';
import type { Inventory, InventoryEdit } from './inventory.ts';
import { configDirectory } from './state-dir.ts';

/** Where to look, and whether there must be something. */
export interface LoadOptions extends InventoryPlace {
  /**
   * Refuses a file that `--inventory` or `OCC_INVENTORY` names and that does not exist, so that a mistyped name does
   * not turn into "no hosts, so this machine". Default: it reads as empty, and the first edit creates it.
   */
  readonly mustExist?: boolean;
}

/**
 * Loads the inventory that {@link chooseInventory} finds. A file that does not exist reads as empty.
 * @throws InventoryError that lists every mistake in the file
 */
export async function loadInventory(options: LoadOptions): Promise<Inventory> {
  const { file, namedBy, foundHere } = await chooseInventory(options);
  if (foundHere) await refuseForeign(file);
  const { text, exists } = await readInventoryFile(file);
  if (!exists && namedBy && options.mustExist) throw missing(file, namedBy);
  const own = configDirectory(options.env, options.home);
  return toInventory({ file, own, exists }, readText(file, text).data);
}

interface Source {
  readonly file: string;
  /** occ's configuration directory. */
  readonly own: string;
  readonly exists: boolean;
}

function toInventory(source: Source, data: InventoryData): Inventory {
  return {
    file: source.file,
    exists: source.exists,
    ...answersFrom(data),
    edit: (change) => editInventory(source, change),
  };
}

async function editInventory(
  source: Source,
  change: (edit: InventoryEdit) => void,
): Promise<Inventory> {
  try {
    await prepareDirectory(source.file, source.own);
    const lockable = await targetOf(source.file);
    return await withFileLock(lockable, () => editLocked(source, change));
  } catch (error) {
    throw unwritable(source.file, error);
  }
}

/** Reads the file again: somebody else may have changed it since it was loaded. */
async function editLocked(
  source: Source,
  change: (edit: InventoryEdit) => void,
): Promise<Inventory> {
  const { text, exists } = await readInventoryFile(source.file);
  const current = readText(source.file, text);
  const { doc } = current.located;
  const before = stringifyInventory(doc, text);
  change(editorOf(doc));
  const changed = stringifyInventory(doc, text);
  if (changed === before) return toInventory({ ...source, exists }, current.data);
  if (!exists) doc.commentBefore = newFileHeader;
  const after = exists ? changedText(text, before, changed) : stringifyInventory(doc, text);
  const { data } = readText(source.file, after, 'The file was not changed');
  await writeInventoryFile(source.file, after);
  return toInventory({ ...source, exists: true }, data);
}

const correctIt = 'Correct the file; docs/inventory.md of the package describes every key';

function readText(
  file: string,
  text: string,
  hint = correctIt,
): { located: InventoryDocument['located']; data: InventoryData } {
  const parsed = parseInventoryText(text);
  if (parsed.problems.length > 0) throw new InventoryError(file, parsed.problems, { hint });
  const checked = checkInventory(parsed.data, parsed.located);
  if (checked.data === undefined) throw new InventoryError(file, checked.problems, { hint });
  return { located: parsed.located, data: checked.data };
}

function missing(file: string, namedBy: string): InventoryError {
  const message = `does not exist (named by ${namedBy})`;
  return new InventoryError(file, [{ line: undefined, column: undefined, key: '', message }], {
    hint: `Check the name, or create it with: occ --inventory ${shellWord(file)} host add NAME`,
  });
}
