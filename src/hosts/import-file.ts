// Reads a file that another tool keeps, for importing hosts from it.
import { readFile, stat } from 'node:fs/promises';
import { UsageError } from '../errors.ts';
import { shellWord } from '../shell-word.ts';
import { codeOf } from '../thrown.ts';

/** Larger ones are something else: bytes. */
const largest = 16 * 1024 * 1024;

/**
 * The text of a file.
 * @throws UsageError when it does not exist, cannot be read, or is a directory (with that hint)
 */
export async function readSource(file: string, directoryHint: string): Promise<string> {
  try {
    const info = await stat(file);
    if (info.isDirectory()) throw new UsageError(`${file} is a directory`, { hint: directoryHint });
    if (info.size > largest) throw new UsageError(`${file} is too large for a list of hosts`);
    return await readFile(file, 'utf8');
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    throw unreadable(file, cause);
  }
}

/** Why a file or directory cannot be read. */
export function unreadable(file: string, cause: unknown): UsageError {
  const code = codeOf(cause);
  const isMissing = code === 'ENOENT' || code === 'ENOTDIR';
  const why = isMissing ? 'does not exist' : `cannot be read (${code ?? String(cause)})`;
  const hint = isMissing ? 'Name it with --file' : `See who may read it: ls -ld ${shellWord(file)}`;
  return new UsageError(`${file} ${why}`, { hint, cause });
}
