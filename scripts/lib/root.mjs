// What needs root: as root it is run as it is, else through sudo.
import { attempt, run } from './run.mjs';

/** @typedef {'root' | 'sudo' | 'none'} Privilege */

/** @returns {Promise<Privilege>} how this user can become root without being stuck at a prompt that nobody sees */
export async function findPrivilege() {
  if (process.getuid?.() === 0) return 'root';
  if ((await attempt(['sudo', '-n', 'true'])).code === 0) return 'sudo';
  if (process.stdin.isTTY && (await attempt(['sudo', '-v'], { show: true })).code === 0)
    return 'sudo';
  return 'none';
}

/** @param {Privilege} privilege @param {readonly string[]} argv @returns {string[]} */
export function asRoot(privilege, argv) {
  return privilege === 'root' ? [...argv] : ['sudo', '-n', ...argv];
}

/**
 * @param {Privilege} privilege
 * @param {readonly string[]} argv
 * @param {import('./run.mjs').RunOptions & { hint?: string }} [options]
 */
export function runAsRoot(privilege, argv, options) {
  return run(asRoot(privilege, argv), options);
}
