// What a host is. Probed once per run with one command; the parser is pure.
import { textOf, type Command, type CommandOutput } from '../transport/command.ts';

/** Facts of a host. */
export interface HostFacts {
  /** `uname -s` in lower case: `linux`, `darwin`. */
  readonly os: string;
  /** `PRETTY_NAME` of os-release(5), or name and version of sw_vers(1), where there is one. */
  readonly osName: string | undefined;
  /** `uname -m`: `x86_64`, `aarch64`. */
  readonly arch: string;
  readonly user: string;
  readonly uid: number;
  /** Name of process 1: `systemd`, `init`, `launchd`, …; `unknown` where the user may not see it. */
  readonly init: string;
  /** 2 is the unified hierarchy; undefined where there are no cgroups. */
  readonly cgroupVersion: 1 | 2 | undefined;
}

// POSIX sh: it runs on dash, busybox and macOS. A hybrid hierarchy counts as 1, as Docker counts it.
const script = `
put() { printf '%s=%s\\n' "$1" "$2"; }
put os "$(uname -s)"
put arch "$(uname -m)"
put uid "$(id -u)"
put user "$(id -un 2>/dev/null || id -u)"
for f in /etc/os-release /usr/lib/os-release; do
  [ -r "$f" ] && { put pretty_name "$(sed -n 's/^PRETTY_NAME=//p' "$f")"; break; }
done
command -v sw_vers >/dev/null 2>&1 && put sw_vers "$(sw_vers -productName) $(sw_vers -productVersion)"
init=$(cat /proc/1/comm 2>/dev/null) || init=$(ps -p 1 -o comm= 2>/dev/null)
[ -z "$init" ] && [ -d /run/systemd/system ] && init=systemd
put init "$init"
if [ -f /sys/fs/cgroup/cgroup.controllers ]; then put cgroup 2
elif grep -q cgroup /proc/filesystems 2>/dev/null && [ -d /sys/fs/cgroup ]; then put cgroup 1
fi
exit 0`;

/** Reads the facts of a host. */
export function readFacts(): Command<HostFacts> {
  return {
    argv: ['sh', '-c', script],
    env: { LC_ALL: 'C' },
    purpose: 'read the facts of the host',
    timeoutMs: 30_000,
    parse: parseFacts,
  };
}

/** @throws Error when something is missing that every host has */
export function parseFacts(output: CommandOutput): HostFacts {
  const values = new Map(textOf(output).split('\n').map(splitLine));
  const uid = Number(required(values, 'uid'));
  if (!Number.isSafeInteger(uid)) throw new Error('the user id is not a number');
  return {
    os: required(values, 'os').toLowerCase(),
    osName: osNameOf(values),
    arch: required(values, 'arch'),
    user: required(values, 'user'),
    uid,
    // macOS gives the whole path of the program.
    init: textAt(values, 'init')?.split('/').at(-1) ?? 'unknown',
    cgroupVersion: cgroupOf(values.get('cgroup')),
  };
}

function splitLine(line: string): [key: string, value: string] {
  const at = line.indexOf('=');
  return at === -1 ? [line, ''] : [line.slice(0, at), line.slice(at + 1).trim()];
}

function required(values: ReadonlyMap<string, string>, key: string): string {
  const value = textAt(values, key);
  if (value !== undefined) return value;
  throw new Error(`it has no ${key}`);
}

function textAt(values: ReadonlyMap<string, string>, key: string): string | undefined {
  const value = values.get(key);
  return value === '' ? undefined : value;
}

function osNameOf(values: ReadonlyMap<string, string>): string | undefined {
  const text = textAt(values, 'pretty_name') ?? textAt(values, 'sw_vers');
  return text === undefined ? undefined : unquoteShell(text);
}

/** os-release(5): values are quoted as in a shell, with a backslash before `"`, `$`, backslash and backtick. */
function unquoteShell(text: string): string {
  const quoted = /^(["'])(.*)\1$/.exec(text);
  if (!quoted) return text;
  const [, quote, inner = ''] = quoted;
  return quote === '"' ? inner.replaceAll(/\\(["$`\\])/g, '$1') : inner;
}

function cgroupOf(text: string | undefined): 1 | 2 | undefined {
  if (text === '2') return 2;
  return text === '1' ? 1 : undefined;
}
