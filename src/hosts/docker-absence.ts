// Finds out on the host why its Docker Engine cannot be reached: absent, not running, or not allowed.
import { DockerError, OccError } from '../errors.ts';
import { textOf, type Command, type CommandOutput } from '../transport/command.ts';
import type { DialError } from '../transport/dial-error.ts';
import { run } from '../transport/run.ts';
import type { Transport } from '../transport/transport.ts';

/** What a look at the host tells. */
export interface DockerTraces {
  readonly os: string;
  readonly user: string;
  /** Whether a Docker client or engine is installed. */
  readonly installed: boolean;
  /** Whether an engine's process is there. */
  readonly running: boolean;
  readonly hasSystemd: boolean;
}

// A login by ssh often has a PATH without the directories that daemons are in. Another user's rootless engine is not ours.
const script = `
PATH="$PATH:/usr/local/bin:/usr/sbin:/usr/local/sbin:/sbin:/snap/bin"
yes() { printf '%s=yes\\n' "$1"; }
printf 'os=%s\\nuser=%s\\n' "$(uname -s)" "$(id -un 2>/dev/null || id -u)"
{ command -v dockerd || command -v docker || [ -d /Applications/Docker.app ]; } >/dev/null 2>&1 && yes installed
ps -A -o uid= -o comm= 2>/dev/null | awk -v me="$(id -u)" '
  ($1 == 0 || $1 == me) && $2 ~ /(^|\\/)(dockerd|com\\.docker\\.backend)$/ { found = 1 } END { exit !found }' && yes running
[ -d /run/systemd/system ] && yes systemd
exit 0`;

/** Looks for traces of Docker. */
function lookForDocker(): Command<DockerTraces> {
  return {
    argv: ['sh', '-c', script],
    env: { LC_ALL: 'C' },
    purpose: 'find out why the Docker Engine cannot be reached',
    timeoutMs: 15_000,
    parse: parseTraces,
  };
}

/** Reads the answer of {@link lookForDocker}. */
export function parseTraces(output: CommandOutput): DockerTraces {
  const lines = textOf(output).split('\n');
  const valueOf = (key: string) =>
    lines.find((line) => line.startsWith(`${key}=`))?.slice(key.length + 1);
  return {
    os: valueOf('os')?.toLowerCase() ?? '',
    user: valueOf('user') ?? '',
    installed: valueOf('installed') === 'yes',
    running: valueOf('running') === 'yes',
    hasSystemd: valueOf('systemd') === 'yes',
  };
}

/**
 * The error for a socket that could not be dialled.
 * @throws ConnectError, TimeoutError, CommandFailedError when the host cannot be asked
 */
export async function explainDialFailure(
  transport: Transport,
  socket: string,
  failure: DialError,
): Promise<DockerError> {
  return explain(await run(transport, lookForDocker()), transport.host, socket, failure);
}

/** Puts together what dialling and looking told. */
export function explain(
  traces: DockerTraces,
  host: string,
  socket: string,
  failure: DialError,
): DockerError {
  const error = (reason: DockerError['reason'], message: string, hint: string) =>
    new DockerError(reason, message, { host, hint, cause: failure });
  if (failure.reason === 'permission') {
    const { cause } = failure;
    const root = cause instanceof OccError ? cause : undefined;
    const why = root ? `: ${root.message}` : '';
    const message = `${traces.user} may not use the Docker Engine at ${socket}${why}`;
    return error('permission', message, groupHint(traces, root?.hint));
  }
  if (failure.reason === 'forbidden') {
    const message = `The SSH server does not let occ reach the Docker Engine at ${socket}`;
    return error('unsupported', message, failure.hint ?? forwardHint);
  }
  if (!traces.installed && !traces.running) {
    return error('absent', 'Docker is not installed', installHint(traces));
  }
  if (!traces.running)
    return error('not-running', 'The Docker Engine is not running', startHint(traces));
  return error(
    'not-running',
    `A Docker Engine runs, but not at ${socket}`,
    `Tell occ its socket ("docker context inspect" shows it): occ --host ${host} config set docker_socket PATH`,
  );
}

/** `root`: how the user could become root, which opens every socket. */
function groupHint({ user }: DockerTraces, root: string | undefined): string {
  const group = `Run "sudo usermod -aG docker ${user}" on the host and log in again`;
  const other = root ?? `Let ${user} use sudo without a password`;
  return `${group}. Or: ${other}. Or install rootless Docker for ${user}: https://docs.docker.com/engine/security/rootless/`;
}

const forwardHint =
  'Set "AllowStreamLocalForwarding yes" in the host’s sshd_config and reload sshd, or install socat there';

function installHint({ os }: DockerTraces): string {
  if (os === 'darwin') return 'Install Docker Desktop: https://docs.docker.com/desktop/';
  return 'Install it on the host: "sudo apt-get install docker.io" on Debian and Ubuntu; others: https://docs.docker.com/engine/install/';
}

function startHint({ os, hasSystemd }: DockerTraces): string {
  if (os === 'darwin') return 'Start it: open -a Docker';
  if (hasSystemd) return 'Start it on the host: sudo systemctl start docker';
  return 'Start it on the host: sudo service docker start, or sudo dockerd';
}
