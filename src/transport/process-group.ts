// Ends a process group on this machine: the local counterpart of kill.ts, without a process of its own.
import { kill } from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { killGraceSeconds } from './kill.ts';

const pollMs = 20;

/**
 * SIGTERM to a process group, SIGKILL after two seconds to what is left of it.
 * @param leader - process id of the group's leader on this machine
 */
export async function endGroup(leader: number): Promise<void> {
  if (!signalGroup(leader, 'SIGTERM')) return;
  const deadline = performance.now() + killGraceSeconds * 1000;
  while (performance.now() < deadline) {
    await delay(pollMs);
    if (!signalGroup(leader, 0)) return;
  }
  signalGroup(leader, 'SIGKILL');
}

/** False when there is nothing left that could be signalled. */
function signalGroup(leader: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return kill(-leader, signal);
  } catch {
    return false;
  }
}
