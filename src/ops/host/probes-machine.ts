// What host.test asks of a machine about its login shell, its sessions and systemd: commands as values, pure parsers.
import { sanitizeLine } from '../../sanitize.ts';
import { textOf, type Command, type CommandOutput } from '../../transport/command.ts';

/** Most characters of a shell's chatter that are shown. */
const shownCharacters = 60;

/** The login shell, and what it prints although nobody can read it. */
export interface LoginShell {
  /** Path; undefined where the environment does not name it. */
  readonly shell: string | undefined;
  /** What its start files print when it runs a command: on one line, shortened; empty when they print nothing. */
  readonly chatter: string;
}

// Started once more, by the same variables by which bash sees that sshd started it: on the first start, occ has cut off
// what was printed. SHLVL would tell that it is not the first.
const shellScript = `printf 'shell=%s\\n' "\${SHELL-}"
[ -x "\${SHELL-}" ] || exit 0
unset SHLVL
"$SHELL" -c : </dev/null 2>&1
exit 0`;

/** Asks for the login shell. */
export function readLoginShell(): Command<LoginShell> {
  return {
    argv: ['sh', '-c', shellScript],
    purpose: 'find out what the login shell prints',
    timeoutMs: 20_000,
    parse: parseLoginShell,
  };
}

/** Reads the answer of {@link readLoginShell}. @throws Error when it has another form */
export function parseLoginShell(output: CommandOutput): LoginShell {
  const [first = '', ...rest] = textOf(output).split('\n');
  const shell = /^shell=(.*)$/.exec(first)?.[1];
  if (shell === undefined) throw new Error('the login shell is missing');
  const said = sanitizeLine(rest.join(' ').trim());
  const isLong = said.length > shownCharacters;
  return {
    shell: shell === '' ? undefined : shell,
    chatter: isLong ? `${said.slice(0, shownCharacters)}…` : said,
  };
}

/** What systemd says. */
export interface SystemdState {
  /** Version, as systemctl(1) prints it first; undefined where there is no systemctl. */
  readonly version: string | undefined;
  /** `running`, `degraded`, `starting`, …; undefined where it cannot be asked. */
  readonly system: string | undefined;
  /** The same of the user's own manager. */
  readonly user: string | undefined;
}

// is-system-running exits with 1 for "degraded"; its word is the answer. Without pam_systemd nobody sets the variable.
const systemdScript = `
put() { printf '%s=%s\\n' "$1" "$2"; }
command -v systemctl >/dev/null 2>&1 || exit 0
put version "$(systemctl --version 2>/dev/null | sed -n '1s/^systemd \\([0-9][0-9]*\\).*/\\1/p')"
put system "$(systemctl is-system-running 2>/dev/null)"
XDG_RUNTIME_DIR=\${XDG_RUNTIME_DIR:-/run/user/$(id -u)} export XDG_RUNTIME_DIR
put user "$(systemctl --user is-system-running 2>/dev/null)"
exit 0`;

/** Asks systemd how it is. */
export function readSystemd(): Command<SystemdState> {
  return {
    argv: ['sh', '-c', systemdScript],
    env: { LC_ALL: 'C' },
    purpose: 'ask systemd how it is',
    timeoutMs: 20_000,
    parse: parseSystemd,
  };
}

/** Reads the answer of {@link readSystemd}. */
export function parseSystemd(output: CommandOutput): SystemdState {
  const text = textOf(output);
  const valueOf = (key: string) => new RegExp(`^${key}=(.+)$`, 'm').exec(text)?.[1];
  // "offline" and "unknown": it could not be asked.
  const stateOf = (key: string) => {
    const state = valueOf(key);
    return state === 'offline' || state === 'unknown' ? undefined : state;
  };
  return { version: valueOf('version'), system: stateOf('system'), user: stateOf('user') };
}

/** Whether services of a user outlive its logins (loginctl(1)); asks for the file first, which needs no D-Bus. */
export function readLingering(user: string): Command<boolean> {
  const script = `[ -e "/var/lib/systemd/linger/$1" ] && { echo yes; exit 0; }
loginctl show-user --property=Linger --value -- "$1" 2>/dev/null || echo no`;
  return {
    argv: ['sh', '-c', script, 'lingering', user],
    env: { LC_ALL: 'C' },
    purpose: `find out whether services of ${user} outlive its logins`,
    timeoutMs: 20_000,
    parse: (output) => textOf(output) === 'yes',
  };
}

/** A Unix socket that somebody listens on and the login may open; undefined where none of the usual ones is there. */
export function findOpenSocket(): Command<string | undefined> {
  const script = `for s in /run/dbus/system_bus_socket "/run/user/$(id -u)/bus" /run/systemd/journal/stdout; do
  [ -S "$s" ] && [ -r "$s" ] && [ -w "$s" ] && { printf '%s\\n' "$s"; exit 0; }
done
exit 0`;
  return {
    argv: ['sh', '-c', script],
    purpose: 'find a socket to connect to',
    timeoutMs: 20_000,
    parse: (output) => {
      const text = textOf(output);
      return text === '' ? undefined : text;
    },
  };
}
