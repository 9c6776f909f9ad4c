// Shell text that runs beside a command on a host and ends it when nobody is left to end it from here. Pure.

/** Seconds after a command's deadline at which the host ends it by itself. */
const deadlineGraceSeconds = 10;

/**
 * Ends the command's process group: SIGTERM, and SIGKILL after two seconds, or one where the command itself has ended.
 * `$$` is the command, also in a subshell. One that became another user by sudo takes no signal of ours, though /proc shows
 * it; then, and only then, sudo sends it.
 */
const end =
  `__occ_up() { kill -s 0 "$$" || [ -d "/proc/$$" ]; }; ` +
  `__occ_k() { $__occ_s kill -s "$1" -- "-$$" || $__occ_s kill -s "$1" "$$"; }; ` +
  `__occ_end() { trap '' TERM; __occ_s=; kill -s 0 "$$" || __occ_s='sudo -n'; __occ_k TERM; ` +
  `sleep 1; __occ_up && sleep 1; __occ_k KILL; exit; }; `;

/** In the background by two forks, because the command would not know what to do with a child it never had. */
function beside(script: string, stdin: string): string {
  return `( ( ${end}${script} ) ${stdin} >/dev/null 2>&1 & ); `;
}

/**
 * For a command without input. The channel's stdin stays open as long as the connection lives, whoever keeps it: a shell
 * of its own waits for the end of it. Nothing is polled. With a deadline, sleep(1) is waited for, unless stdin ends first.
 */
export function watchLifeLine(deadlineMs: number | undefined): string {
  const read = 'while read -r __occ_x; do :; done';
  const seconds = secondsOf(deadlineMs);
  const wait =
    seconds === undefined
      ? read
      : `sleep ${seconds} </dev/null 3<&- & __occ_t=$!; ( exec <&3 3<&-; ${read}; kill "$__occ_t" ) & __occ_r=$!; ` +
        `exec 3<&-; wait "$__occ_t"; kill "$__occ_r"`;
  const watch = beside(`${wait}; __occ_up && __occ_end`, seconds === undefined ? '<&3 3<&-' : '');
  return `exec 3<&0 </dev/null; ${watch}exec 3<&-; `;
}

/**
 * For a command that reads stdin. sshd only closes its pipes, which a command that neither reads nor writes never notices;
 * so once a second it is looked whether sshd's process is still there. Without that where the parent cannot be seen: under
 * `docker exec`, and where sshd runs as another user (dropbear).
 */
export function watchParent(deadlineMs: number | undefined): string {
  const seconds = secondsOf(deadlineMs);
  const inTime = seconds === undefined ? '' : ` && [ "$__occ_n" -lt ${seconds} ]`;
  // The parent's absence must be told from its invisibility, hence the first look; at once, while it is surely there.
  const look = `__occ_p=; [ "$PPID" -gt 1 ] && kill -s 0 "$PPID" 2>/dev/null && __occ_p=$PPID; `;
  const idle = seconds === undefined ? '[ -n "$__occ_p" ] || exit; ' : '';
  const script =
    `${idle}__occ_n=0; while sleep 1 && __occ_up; do __occ_n=$((__occ_n + 1)); ` +
    `{ [ -z "$__occ_p" ] || kill -s 0 "$__occ_p"; }${inTime} && continue; __occ_end; done`;
  return `${look}${beside(script, '</dev/null')}unset __occ_p; `;
}

function secondsOf(deadlineMs: number | undefined): number | undefined {
  return deadlineMs === undefined ? undefined : Math.ceil(deadlineMs / 1000) + deadlineGraceSeconds;
}
