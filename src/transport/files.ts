// Reads and writes whole files on a host. Writing is atomic: there is the old file or the new one, never a part.
import { Secret } from '../secret.ts';
import type { Command, CommandOutput } from './command.ts';
import { explainStderr } from './explain.ts';
import { FileError, type FileReason } from './file-error.ts';
import { run, type RunOptions } from './run.ts';
import type { Transport } from './transport.ts';

const defaultMaxBytes = 1024 * 1024;

// The length is checked before the rename: without it, a dropped connection installs a truncated file.
const writeScript = `umask 077
d=\${1%/*}; d=\${d:-/}
[ -d "$d" ] || exit 71
[ ! -d "$1" ] || exit 72
t=$(mktemp "$d/.\${1##*/}.XXXXXX") || exit 73
trap 'rm -f "$t"' EXIT
trap 'exit 74' HUP INT TERM
cat >"$t" || exit 74
[ "$(wc -c <"$t")" -eq "$2" ] || exit 75
chmod "$3" "$t" && mv -f "$t" "$1" || exit 76`;

const writeReasons: Readonly<Record<number, FileReason>> = {
  71: 'no-directory',
  72: 'is-directory',
  75: 'truncated',
};

/** How a file is written. */
export interface WriteFileOptions extends RunOptions {
  /** Permission bits. Default: `0o600`. */
  readonly mode?: number;
}

/** How much of a file is read. */
export interface ReadFileOptions extends RunOptions {
  /** Most bytes that the file may have. Default: 1 MiB. */
  readonly maxBytes?: number;
}

/**
 * Replaces a file as a whole, or makes it. It belongs to the login's user afterwards.
 * @param path - absolute path on the host, in a directory that exists
 * @throws FileError, and whatever {@link run} throws; the file is then as it was
 */
export async function writeFile(
  transport: Transport,
  path: string,
  content: string | Uint8Array | Secret,
  options: WriteFileOptions = {},
): Promise<void> {
  await run(transport, writeCommand(transport.host, path, content, options.mode ?? 0o600), options);
}

/**
 * Reads a file as a whole.
 * @param path - absolute path on the host
 * @throws FileError, and whatever {@link run} throws
 */
export async function readFile(
  transport: Transport,
  path: string,
  options: ReadFileOptions = {},
): Promise<Buffer> {
  const maxBytes = options.maxBytes ?? defaultMaxBytes;
  return run(transport, readCommand(transport.host, path, maxBytes), options);
}

function writeCommand(
  host: string,
  path: string,
  content: string | Uint8Array | Secret,
  mode: number,
): Command<void> {
  const length = Buffer.byteLength(content instanceof Secret ? content.reveal() : content);
  const command: Command<void> = {
    argv: ['sh', '-c', writeScript, 'write-file', path, String(length), mode.toString(8)],
    env: { LC_ALL: 'C' },
    stdin: content,
    okCodes: [0, 1, 71, 72, 73, 74, 75, 76],
    purpose: `write ${path}`,
    parse: (output) => {
      if (output.exitCode !== 0) throw failure(host, 'write', path, output, command);
    },
  };
  return command;
}

function readCommand(host: string, path: string, maxBytes: number): Command<Buffer> {
  const command: Command<Buffer> = {
    // One byte more than allowed tells a file that is too large without fetching it.
    argv: ['head', '-c', String(maxBytes + 1), '--', path],
    env: { LC_ALL: 'C' },
    okCodes: [0, 1],
    // The cap is on stderr as well, which must have room to say what is wrong.
    maxBytes: Math.max(maxBytes + 1, 64 * 1024),
    purpose: `read ${path}`,
    parse: (output) => {
      if (output.exitCode !== 0) throw failure(host, 'read', path, output, command);
      if (output.stdout.length <= maxBytes) return output.stdout;
      const message = `Could not read ${path}: it has more than ${maxBytes} bytes`;
      throw new FileError('too-large', message, { host });
    },
  };
  return command;
}

function failure(
  host: string,
  verb: 'read' | 'write',
  path: string,
  output: CommandOutput,
  command: Command<unknown>,
): FileError {
  const said = explainStderr(output.stderr, command);
  const reason = reasonOf(output.exitCode, said);
  return new FileError(reason, `Could not ${verb} ${path}: ${explanations[reason] ?? said}`, {
    host,
  });
}

const explanations: Partial<Record<FileReason, string>> = {
  missing: 'there is no such file',
  'no-directory': 'its directory does not exist',
  'is-directory': 'it is a directory',
  permission: 'permission denied',
  'no-space': 'no space is left on the device',
  truncated: 'not all of it arrived',
};

/** A full disk shows first as a failed write, which the shell cannot tell from others: strerror(3) in locale C does. */
function reasonOf(exitCode: number, said: string): FileReason {
  const known = writeReasons[exitCode];
  if (/No space left on device|Disk quota exceeded/.test(said)) return 'no-space';
  if (known) return known;
  if (said.includes('Permission denied')) return 'permission';
  if (said.includes('Is a directory')) return 'is-directory';
  if (said.includes('No such file or directory')) return 'missing';
  return 'failed';
}
