// Runs a TypeScript file of this clone: Node 20 cannot do so by itself, tsx can.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { repository } from './dirs.mjs';

/**
 * Runs it on this terminal. Ctrl-C reaches it directly, so this process only waits.
 * @param {string} file relative to the repository
 * @param {readonly string[]} args
 * @returns {Promise<number>} its exit code
 */
export async function runTypeScript(file, args) {
  const argv = ['--import', 'tsx', join(repository, file), ...args];
  const child = spawn(process.execPath, argv, { stdio: 'inherit' });
  const wait = () => undefined;
  process.on('SIGINT', wait).on('SIGTERM', wait);
  /** @type {number | null} */
  const code = await new Promise((resolve) => child.on('close', resolve));
  process.off('SIGINT', wait).off('SIGTERM', wait);
  return code ?? 130;
}
