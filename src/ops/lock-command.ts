// The host's lock as a command: flock(1) on a file, held by a process until its stdin ends.
import { createHash } from 'node:crypto';
import type { HostSettings } from '../hosts/inventory-schema.ts';
import type { ProcessSpec } from '../transport/transport.ts';

/** Exit codes of the lock command, after sysexits(3). */
export const lockExitCodes = { noFlock: 69, cannotCreate: 73, held: 75, silence: 76 } as const;

/** Seconds between the lines that say that the operator is still there. */
export const beatSeconds = 15;

/** Seconds without such a line after which the lock is let go: a connection without a cable does not end by itself. */
export const silenceSeconds = 75;

/** What the lock command prints when it holds the lock. */
export const lockedLine = 'locked';

/**
 * One file for all users of the host. It is opened for reading only: flock(2) needs no more, and with
 * fs.protected_regular not even root may open another's file in a sticky directory with O_CREAT. The directory must be
 * the same for everybody, so it is chosen by its mode, not by who may write there. Who holds the lock is told in a file
 * per user; the newest one is the holder's. The kernel drops the lock when this process ends, for whatever reason.
 *
 * Its stdin brings a line now and then. Not every sh has `read -t`, so a second process reads and sends a signal for each
 * line, which wait(1) does not sleep through. Neither that process nor sleep(1) may keep the locked file open.
 */
const script = `
key=$1 holder=$2 silence=$3
command -v flock >/dev/null 2>&1 || exit ${lockExitCodes.noFlock}
dir=/tmp
case $(ls -ld /run/lock/ 2>/dev/null) in drwxrwxrwt*) dir=/run/lock ;; esac
file=$dir/$key.lock
told=$file.by-$(id -u)
umask 022
for _ in 1 2 3; do
  [ -e "$file" ] || (set -C; : >"$file") 2>/dev/null
  [ -f "$file" ] && [ ! -L "$file" ] && [ -r "$file" ] || { echo "$file" >&2; exit ${lockExitCodes.cannotCreate}; }
  exec 9<"$file"
  if ! flock -n 9; then
    # The holder tells who it is only after it has got the lock.
    for _ in 1 2 3 4 5 6 7 8 9 10; do
      newest=$(ls -t "$file".by-* 2>/dev/null | head -n 1)
      [ -f "$newest" ] && break
      sleep 0.1
    done
    [ -f "$newest" ] && head -c 500 "$newest"
    exit ${lockExitCodes.held}
  fi
  [ "$file" -ef /proc/self/fd/9 ] && break
done
reader= clock=
trap 'rm -f "$told"; kill $reader $clock 2>/dev/null' EXIT
trap 'exit 143' HUP INT TERM
trap 'exit 0' USR2
trap : USR1
new=$(mktemp "$file.XXXXXX") && {
  printf '%s\\t%s\\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$holder" >"$new"
  chmod 644 "$new" && mv -f "$new" "$told" || rm -f "$new"
} 2>/dev/null
exec 8<&0 </dev/null
( exec <&8 8<&- 9<&- >/dev/null; while read -r _; do kill -s USR1 $$ || exit; done; kill -s USR2 $$ ) 2>/dev/null &
reader=$!
exec 8<&-
echo ${lockedLine}
while :; do
  sleep "$silence" 9<&- >/dev/null 2>&1 &
  clock=$!
  wait $clock && break
  kill $clock 2>/dev/null
done
echo 'nothing was heard from the operator any more' >&2
exit ${lockExitCodes.silence}
`;

/**
 * The process that holds the lock of what these settings name. It prints {@link lockedLine}, then lasts until its stdin
 * ends, or no line has come for a while. When the lock is held it prints the holder's line and exits with `held`.
 */
export function lockCommand(
  settings: Pick<HostSettings, 'container_name'>,
  holder: LockHolder,
  silence = silenceSeconds,
): ProcessSpec {
  const told = `${holder.operator}\t${holder.doing}`;
  return { argv: ['sh', '-c', script, 'occ-lock', lockKey(settings), told, String(silence)] };
}

/**
 * Name of the lock file without its ending: the same container on the same host has the same lock, whatever way to the
 * engine an operator has set.
 */
export function lockKey(settings: Pick<HostSettings, 'container_name'>): string {
  const hash = createHash('sha256').update(settings.container_name).digest('hex');
  return `opencode-cloud-${hash.slice(0, 16)}`;
}

/** Who holds a lock. */
export interface LockHolder {
  /** `alice@laptop`. */
  readonly operator: string;
  /** Name of the operation. */
  readonly doing: string;
  /** RFC 3339, by the host's clock. */
  readonly since?: string | undefined;
}

/** Reads the line that a refused lock command prints; undefined when it says nothing useful. */
export function parseHolder(text: string): LockHolder | undefined {
  const [since, operator, doing] = text.replace(/\n[^]*$/, '').split('\t');
  return since && operator && doing ? { since, operator, doing } : undefined;
}
