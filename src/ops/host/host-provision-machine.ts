// What host.provision must know of a machine: one command, a pure parser.
import { textOf, type Command, type CommandOutput } from '../../transport/command.ts';

/** What a machine is, as far as installing a Docker Engine on it goes. */
export interface Machine {
  /** `uname -s`: `Linux`. */
  readonly kernel: string;
  /** os-release(5). */
  readonly release: OsRelease;
  readonly user: string;
  readonly uid: number;
  /** Names of the login's groups, as this login has them. */
  readonly groups: readonly string[];
  /** What starts services. */
  readonly init: 'systemd' | 'openrc' | 'other';
  /** Programs that were looked for and found: `apt-get`, `dnf`, `apk`, `pacman`, `dockerd`. */
  readonly programs: readonly string[];
}

/** The part of os-release(5) that tells how packages are installed. */
export interface OsRelease {
  /** `debian`, `rocky`; `linux` where there is none. */
  readonly id: string;
  /** Distributions that it is made from, nearest first. */
  readonly idLike: readonly string[];
  /** `12`, `41`, `9.4`; empty for rolling releases. */
  readonly versionId: string;
  /** For people: `Debian GNU/Linux 12 (bookworm)`. */
  readonly name: string;
}

// A login by ssh often has a PATH without the directories that daemons and package managers are in.
const script = `
PATH="$PATH:/usr/local/bin:/usr/sbin:/usr/local/sbin:/sbin"
printf 'kernel=%s\\nuid=%s\\nuser=%s\\n' "$(uname -s)" "$(id -u)" "$(id -un 2>/dev/null || id -u)"
printf 'groups=%s\\n' "$(id -nG 2>/dev/null)"
if [ -d /run/systemd/system ]; then echo init=systemd
elif command -v rc-service >/dev/null 2>&1; then echo init=openrc
fi
for p in apt-get dnf apk pacman dockerd; do
  command -v "$p" >/dev/null 2>&1 && printf 'program=%s\\n' "$p"
done
for f in /etc/os-release /usr/lib/os-release; do
  [ -r "$f" ] && { echo os-release; cat "$f"; break; }
done
exit 0`;

/** Reads what a machine is. */
export function readMachine(): Command<Machine> {
  return {
    argv: ['sh', '-c', script, 'read-machine'],
    env: { LC_ALL: 'C' },
    purpose: 'find out what kind of machine it is',
    timeoutMs: 30_000,
    parse: parseMachine,
  };
}

/** @throws Error when something is missing that every machine has */
export function parseMachine(output: CommandOutput): Machine {
  const [head = '', release = ''] = textOf(output).split(/^os-release\n/m);
  const all = (key: string) =>
    [...head.matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].map(([, value = '']) => value);
  const [kernel, uid, user] = ['kernel', 'uid', 'user'].map((key) => all(key)[0]);
  if (!kernel || !uid || !user) throw new Error('kernel, uid or user is missing');
  const [init] = all('init');
  return {
    kernel,
    user,
    uid: Number(uid),
    groups: all('groups')[0]?.split(' ').filter(Boolean) ?? [],
    init: init === 'systemd' || init === 'openrc' ? init : 'other',
    programs: all('program'),
    release: parseOsRelease(release),
  };
}

/** Reads os-release(5): assignments as in a shell, quoted or not. */
function parseOsRelease(text: string): OsRelease {
  const values = new Map<string, string>();
  for (const [, key = '', value = ''] of text.matchAll(/^([A-Z][A-Z0-9_]*)=(.*)$/gm)) {
    values.set(key, unquoted(value.trim()));
  }
  const id = values.get('ID') ?? 'linux';
  return {
    id,
    idLike: (values.get('ID_LIKE') ?? '').split(/\s+/).filter(Boolean),
    versionId: values.get('VERSION_ID') ?? '',
    name: values.get('PRETTY_NAME') ?? values.get('NAME') ?? id,
  };
}

function unquoted(value: string): string {
  const inner = /^(["'])(.*)\1$/.exec(value)?.[2];
  return inner === undefined ? value : inner.replaceAll(/\\(["$`\\])/g, '$1');
}
