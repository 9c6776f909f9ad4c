// Tells whether a process that was noted earlier still runs. A pid alone is not enough: pids are used again.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** @typedef {{ pid: number, startedAt: string }} ProcessIdentity `startedAt`: equal means the same process */

/**
 * @param {number} pid
 * @returns {ProcessIdentity | undefined} undefined when there is no such process
 */
export function identify(pid) {
  try {
    return { pid, startedAt: process.platform === 'linux' ? bootTicks(pid) : startDate(pid) };
  } catch {
    return undefined;
  }
}

/** @param {ProcessIdentity} noted */
export function isAlive(noted) {
  return identify(noted.pid)?.startedAt === noted.startedAt;
}

/**
 * Clock ticks since boot: field 22 of proc_pid_stat(5), with the boot's id, as ticks begin anew at each.
 * A process that has ended but was not waited for counts as ended.
 * @param {number} pid
 */
function bootTicks(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The second field is the name in parentheses and may hold spaces; the third is the state.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'Z') throw new Error('zombie');
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return `${boot}/${fields[19] ?? ''}`;
}

/** @param {number} pid */
function startDate(pid) {
  const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC' };
  const argv = ['-o', 'lstart=', '-p', String(pid)];
  const answer = execFileSync('ps', argv, { env, stdio: ['ignore', 'pipe', 'ignore'] });
  return String(answer).trim().replace(/\s+/g, ' ');
}
