// A process of this machine in its own process group, and the answers a shell would give where there is none.
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { access, constants, stat } from 'node:fs/promises';
import { PassThrough, Writable } from 'node:stream';
import { OccError } from '../errors.ts';
import { messageOf } from '../thrown.ts';
import { over } from './stream-end.ts';
import type { Exit, HostProcess, ProcessSpec } from './transport.ts';

/** How a child ended; settles after both outputs have ended. */
export function exitOf(child: ChildProcessWithoutNullStreams): Promise<Exit> {
  return new Promise((resolve) => {
    child.once('close', (code: number | null, signal: NodeJS.Signals | null) => {
      if (signal !== null) resolve({ kind: 'signalled', signal });
      else resolve({ kind: 'exited', code: code ?? 0 });
    });
  });
}

/**
 * What a host's shell would have answered: it says why on stderr and exits.
 * @param code - 125, 126 or 127
 */
export function stillborn(code: number, complaint: string): HostProcess {
  const stdin = new Writable({ write: (_chunk, _encoding, done) => done() });
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  stdout.end();
  stderr.end(`${complaint}\n`);
  const exit = Promise.all([over(stdout), over(stderr)]).then(
    () => ({ kind: 'exited', code }) as const,
  );
  return { stdin, stdout, stderr, exit };
}

/** Why a directory cannot be entered. Asked first, because spawn(3) reports it as a missing program. */
export async function obstacleAt(cwd: string | undefined): Promise<string | undefined> {
  if (cwd === undefined) return undefined;
  try {
    await access(cwd, constants.X_OK);
    if ((await stat(cwd)).isDirectory()) return undefined;
    return `cannot enter the directory ${cwd}: not a directory`;
  } catch (error) {
    return `cannot enter the directory ${cwd}: ${messageOf(error)}`;
  }
}

/** Starts a program in a group of its own. Node reports some failures of spawn(3) by throwing and some by an event. */
export async function launch(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  cwd?: string,
): Promise<ChildProcessWithoutNullStreams | NodeJS.ErrnoException> {
  const [program = '', ...rest] = argv;
  try {
    const child = spawn(program, rest, { env: { ...env }, detached: true, ...(cwd && { cwd }) });
    await once(child, 'spawn');
    return child;
  } catch (error) {
    return error as NodeJS.ErrnoException;
  }
}

/**
 * What a shell would have answered about a program that cannot be started.
 * @throws OccError `process` when it is not the program's fault: too many processes, no memory
 */
export function asShellWould(
  host: string,
  spec: ProcessSpec,
  failure: NodeJS.ErrnoException,
): HostProcess {
  const program = spec.argv[0] ?? '';
  const code = failure.code ?? '';
  if (code === 'ENOENT') return stillborn(127, `${program}: not found`);
  if (['EACCES', 'ENOEXEC', 'E2BIG', 'ENOTDIR', 'EISDIR', 'ELOOP'].includes(code)) {
    return stillborn(126, `${program}: cannot be run: ${failure.message}`);
  }
  const message = `Could not start ${program}: ${failure.message}`;
  throw new OccError('process', message, { host, cause: failure });
}
