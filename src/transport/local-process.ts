// A process of this machine in its own process group, and the answers a shell would give where there is none.
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { PassThrough, Writable } from 'node:stream';
import { over } from './stream-end.ts';
import type { Exit, HostProcess } from './transport.ts';

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
