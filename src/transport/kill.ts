// Ends a process group on a host, by its own command: what a lost channel and sshd's own signals do not achieve.
import { nothing, type Command } from './command.ts';

/** Seconds that a process has between SIGTERM and SIGKILL. */
export const killGraceSeconds = 2;

// A process that became another user by sudo refuses our signal; sudo that lets its user become root without a
// password ends it. `sleep 0.1` is no POSIX, so there is a whole second to fall back to.
const script = `
k() {
  kill -s "$1" -- "-$p" 2>/dev/null || kill -s "$1" "$p" 2>/dev/null ||
    { [ -d "/proc/$p" ] && sudo -n kill -s "$1" -- "-$p"; } 2>/dev/null
}
p=$1 left=$2
k TERM || exit 0
while k 0; do
  [ "$left" -gt 0 ] || { k KILL; exit 0; }
  sleep 0.1 2>/dev/null || { sleep 1; left=$((left - 9)); }
  left=$((left - 1))
done
exit 0`;

/**
 * SIGTERM to a process group, SIGKILL after two seconds to what is left of it. A group that is gone is no error.
 * A process that made its own session (setsid(2)) is out of its reach.
 * @param pid - process id of the group's leader on the host; where it leads no group, it alone is ended
 */
export function killGroup(pid: number): Command<void> {
  return {
    argv: ['sh', '-c', script, 'kill-group', String(pid), String(killGraceSeconds * 10)],
    purpose: `end process ${pid}`,
    timeoutMs: 15_000,
    parse: nothing,
  };
}
