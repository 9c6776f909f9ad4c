// Runs one command of host.provision as root: its output as progress, its failure with the way to mend it.
import { CommandFailedError, ConnectError } from '../../errors.ts';
import type { Emit } from '../../events.ts';
import { LineSplitter } from '../../hosts/line-splitter.ts';
import { sanitizeLine } from '../../sanitize.ts';
import type { RootAccess } from '../../transport/root-access.ts';
import { throwIfAborted } from '../abort.ts';
import type { RootCommand } from './host-provision-recipes.ts';

/** Lines of output that an error repeats. */
const keptLines = 10;

/** What a command is run with. */
export interface ProvisionRun {
  readonly root: RootAccess;
  readonly emit: Emit;
  readonly signal: AbortSignal;
}

/**
 * Runs a command as root and tells every line that it prints.
 * @param summary - the command as it was shown
 * @throws CommandFailedError, RootError, ConnectError `lost`, CancelledError
 */
export async function runAsRoot(
  argv: RootCommand,
  summary: string,
  { root, emit, signal }: ProvisionRun,
): Promise<void> {
  const { host } = root;
  const process = await root.start({ argv, env: { LC_ALL: 'C' } }, { signal });
  process.stdin.end();
  const last: string[] = [];
  const tell = (line: string) => {
    const detail = sanitizeLine(line).trim();
    if (detail === '') return;
    last.splice(0, last.length - keptLines + 1);
    last.push(detail);
    emit({ type: 'progress', host, summary, detail });
  };
  for (const stream of [process.stdout, process.stderr]) {
    const lines = new LineSplitter();
    stream.on('data', (chunk: Buffer) => lines.push(chunk).forEach(tell));
    stream.on('end', () => lines.end().forEach(tell));
  }
  const exit = await process.exit;
  throwIfAborted(signal, host);
  if (exit.kind === 'lost') {
    const message = `The connection was lost during: ${summary}`;
    const hint =
      'Look whether it goes on there, then repeat the command: what is done is not done again';
    throw new ConnectError('lost', message, { host, hint, cause: exit.cause });
  }
  if (exit.kind === 'exited' && exit.code === 0) return;
  throw failed(
    argv,
    summary,
    host,
    last.join('\n'),
    exit.kind === 'exited' ? exit.code : undefined,
  );
}

function failed(
  argv: RootCommand,
  summary: string,
  host: string,
  said: string,
  exitCode: number | undefined,
): CommandFailedError {
  const ending = exitCode === undefined ? 'ended by a signal' : `exit code ${exitCode}`;
  const message = `“${summary}” failed (${ending})${said === '' ? '' : `:\n${said}`}`;
  const hint = hintFor(said);
  return new CommandFailedError(message, { argv, exitCode, stderr: said }, { host, hint });
}

/** What apt, dnf, apk, pacman and systemctl say, and what helps. */
const remedies: readonly (readonly [said: RegExp, hint: string])[] = [
  [
    /could not get lock|unable to (lock|acquire)|waiting for cache lock|held by process|database is locked|unable to lock database/i,
    'Another package manager is at work there. Wait until it has ended, then repeat the command',
  ],
  [/dpkg was interrupted/i, 'Mend it on the host: sudo dpkg --configure -a'],
  [
    /no space left on device|enough free (disk )?space|disk full/i,
    'Make room on the host: df -h shows where',
  ],
  [
    /resolv|network is unreachable|unable to connect|could not connect|connection (timed out|refused|failed)|failed to (fetch|download|retriev)|no route to host|curl error/i,
    'The host does not reach its package servers. See that its network, DNS and proxy work: sudo apt-get update, dnf makecache, apk update',
  ],
  [
    /unable to locate package|no installation candidate|no match for argument|unable to find a match|no such package|target not found|error: failed retrieving file/i,
    'The package is not in the lists of the host. See that it reaches its package servers and that its lists are current (Alpine: the community repository; Arch: pacman -Syu)',
  ],
  [
    /conflicts with|conflicting requests/i,
    'Another container engine is in the way (podman, runc, docker-ce). Remove it first, or keep it and use it',
  ],
  [
    /job for .*failed|failed to start|unit .* not found/i,
    'See why it does not start: sudo journalctl -u docker --no-pager -n 50',
  ],
];

/** How to mend what a command said; undefined when nothing is known to help. */
export function hintFor(said: string): string | undefined {
  return remedies.find(([pattern]) => pattern.test(said))?.[1];
}
