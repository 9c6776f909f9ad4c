// Files of the OpenSSH client configuration: who may have written them, and which ones Include names.
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { NeedsOpenSsh } from './ssh-config-match.ts';
import { expandTilde } from './ssh-tokens.ts';

/**
 * Reads a file. With an owner: it must be theirs or root's, and nobody else may write it, since it can name commands
 * to run.
 * @throws Error with the code ENOENT when there is none
 */
export async function readOwnFile(file: string, owner: number | undefined): Promise<string> {
  const handle = await open(file);
  try {
    const { uid, mode } = await handle.stat();
    if (owner !== undefined && ((uid !== 0 && uid !== owner) || (mode & 0o022) !== 0)) {
      throw new Error('it belongs to somebody else, or somebody else may write it');
    }
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}

/**
 * The absolute pattern that an argument of Include stands for: relative ones are in `~/.ssh`, or, in the system's file
 * and what it includes, beside that file.
 * @throws NeedsOpenSsh for tokens and variables, which ssh knows since 9.9
 */
export function includedPattern(
  pattern: string,
  home: string,
  systemFile: string | undefined,
): string {
  if (/%|\$\{/.test(pattern)) throw new NeedsOpenSsh(`Include ${pattern} needs the OpenSSH client`);
  if (pattern === '') throw new Error('Include names an empty file');
  if (pattern.startsWith('/')) return pattern;
  if (systemFile === undefined) {
    return pattern.startsWith('~') ? expandTilde(pattern, home) : `${home}/.ssh/${pattern}`;
  }
  if (pattern.startsWith('~')) throw new Error(`Include ${pattern}: not in the system's file`);
  return `${dirname(systemFile)}/${pattern}`;
}
