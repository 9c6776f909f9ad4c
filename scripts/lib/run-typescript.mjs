// Runs a TypeScript file of this clone: Node 20 cannot do so by itself, tsx can.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
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
  const env = { ...process.env, TESTCONTAINERS_RYUK_DISABLED: 'true' };
  const child = spawn(process.execPath, argv, { stdio: 'inherit', env });
  const wait = () => undefined;
  process.on('SIGINT', wait).on('SIGTERM', wait);
  const [code] = /** @type {[number | null]} */ (await once(child, 'close'));
  process.off('SIGINT', wait).off('SIGTERM', wait);
  return code ?? 130;
}
