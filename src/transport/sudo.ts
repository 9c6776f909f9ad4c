// Becoming root on a host: what sudo(8) and doas(1) are asked, and how their answers are read. Pure.
import { textOf, type Command, type CommandOutput } from './command.ts';

/**
 * What becoming root takes, as far as it can be told without a password. `sudo`, `doas`: nothing, by that program.
 * `some`: sudo does some commands without a password. `password`: sudo wants one; whether it would then obey is not
 * known. `tty`: sudo wants a terminal. `refused`: sudo will not. `none`: there is no such program.
 */
export type SudoState = 'root' | 'sudo' | 'doas' | 'some' | 'password' | 'tty' | 'refused' | 'none';

/** What a look at sudo told. */
export interface SudoProbe {
  readonly state: SudoState;
  /** Name of the login. */
  readonly user: string;
}

// `sudo -n` says "a password is required" for nearly every refusal; `sudo -n -l` tells who may do at least something.
const probeScript = `
PATH="$PATH:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
printf 'user=%s\\n' "$(id -un 2>/dev/null || id -u)"
say() { printf 'state=%s\\n' "$1"; exit 0; }
[ "$(id -u)" = 0 ] && say root
sudo=none
if command -v sudo >/dev/null 2>&1; then
  said=$(sudo -n true 2>&1) && say sudo
  sudo=refused
  case $said in
    *"have a tty"*) sudo=tty ;;
    *"password is required"* | *"password required"*) sudo=password ;;
  esac
  sudo -n -l >/dev/null 2>&1 && sudo=some
fi
command -v doas >/dev/null 2>&1 && doas -n true >/dev/null 2>&1 && say doas
say $sudo`;

/** Asks what becoming root takes. */
export function probeSudo(): Command<SudoProbe> {
  return {
    argv: ['sh', '-c', probeScript, 'probe-sudo'],
    env: { LC_ALL: 'C' },
    purpose: 'find out how to become root',
    timeoutMs: 30_000,
    parse: parseProbe,
  };
}

const states: readonly string[] = [
  'root',
  'sudo',
  'doas',
  'some',
  'password',
  'tty',
  'refused',
  'none',
] satisfies SudoState[];

/** Reads the answer of {@link probeSudo}. @throws Error when it has another form */
export function parseProbe(output: CommandOutput): SudoProbe {
  const [user, state] = ['user', 'state'].map(
    (key) => new RegExp(`^${key}=(.+)$`, 'm').exec(textOf(output))?.[1],
  );
  if (user === undefined || state === undefined || !states.includes(state)) {
    throw new Error('the state of sudo is missing');
  }
  return { user: readable(user), state: state as SudoState };
}

/** The name is the host's word and stands in questions for a password: it must not read as the name of another host. */
function readable(user: string): string {
  return user.replaceAll(/[^\p{L}\p{N}_.@\\$+-]/gu, '_').slice(0, 64);
}

/** The command as root, for who needs no password. */
export function withoutPassword(
  program: 'sudo' | 'doas',
  argv: readonly string[],
): readonly string[] {
  return [program, '-n', '--', ...argv];
}

// Byte by byte, as POSIX demands of read, so that nothing of the payload is taken. A password that sudo did not ask
// for is read here and forgotten; the command never sees it.
const gateScript = `while IFS= read -r line; do
  [ "$line" = "$1" ] && { unset line; printf '%s:%s\\n' "$2" "$$" >&2; shift 2; exec "$@"; }
done
exit 1`;

/** Words that tell the parts of the conversation with sudo apart. Random, and no secrets. */
export interface GateWords {
  /** On stdin: the password ends before it, the command's own input begins after it. */
  readonly marker: string;
  /** On stderr, followed by `:PID`: sudo let us in, and the command begins. */
  readonly ready: string;
}

/**
 * The command as root, for who types a password. Its stdin begins with the password, a line end, the marker and a line
 * end. Neither NOPASSWD nor a cached ticket can hand the password to the command.
 */
export function withPassword(argv: readonly string[], words: GateWords): readonly string[] {
  const gate = ['sh', '-c', gateScript, 'as-root', words.marker, words.ready];
  return ['sudo', '-S', '-p', '', '--', ...gate, ...argv];
}

/** Tries the password that is given on stdin. End of file follows it, so a wrong one is one failure, not three. */
export const tryPasswordArgv: readonly string[] = ['sudo', '-k', '-S', '-p', '', '--', 'true'];

/** Why sudo did not do it. */
export type SudoRefusal = 'wrong-password' | 'not-allowed' | 'tty' | 'failed';

/** Reads sudo's words, in locale C. */
export function refusalIn(said: string): SudoRefusal {
  if (said.includes('have a tty')) return 'tty';
  if (/not in the sudoers|may not run sudo|not allowed to (run|execute)|afraid I can't/.test(said))
    return 'not-allowed';
  if (/incorrect password|try again|no password was provided|password is required/.test(said))
    return 'wrong-password';
  return 'failed';
}
