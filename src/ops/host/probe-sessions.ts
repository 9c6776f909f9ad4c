// Counts how many commands a server runs at once on one connection. No other way tells it: MaxSessions is not announced.
import type { HostProcess, Transport } from '../../transport/transport.ts';

/** Milliseconds that the first command stays for the others to join it. */
const togetherMs = 4000;

/** Milliseconds for all of it. */
const deadlineMs = 25_000;

/** More is no answer. */
const longestLine = 1000;

/** sshd(8) sets the variable for each command; the client's port in it tells one connection from another. */
const argv = ['sh', '-c', 'printf "%s\\n" "${SSH_CONNECTION-}"; exec cat >/dev/null'];

/**
 * Runs commands side by side and sees how many of them share a connection.
 * @param most - commands to start
 * @returns 1 to `most`; undefined where it cannot be told: a slow host, or one that does not tell its connections apart
 * @throws CancelledError, and ConnectError when not even one command runs
 */
export async function countSessions(
  transport: Pick<Transport, 'start'>,
  most: number,
  signal: AbortSignal,
): Promise<number | undefined> {
  const together = new Together(most);
  const late = AbortSignal.timeout(deadlineMs);
  const stop = AbortSignal.any([signal, late]);
  const outcomes = await Promise.allSettled(
    Array.from({ length: most }, () => runOne(transport, together, stop)),
  );
  together.over();
  signal.throwIfAborted();
  if (together.all.length > 0 || late.aborted) return countOf(together, most);
  const failure = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failure !== undefined) throw failure.reason as Error;
  return undefined;
}

/** A further connection is proof that the first one was full; that somebody came late is none. */
function countOf({ inTime, all }: Together, most: number): number | undefined {
  if (all.includes('')) return undefined;
  const count = Math.max(1, mostAlike(inTime));
  const isFull = new Set(all).size > 1;
  return count === most || isFull ? count : undefined;
}

async function runOne(
  transport: Pick<Transport, 'start'>,
  together: Together,
  signal: AbortSignal,
): Promise<void> {
  const process = await transport.start({ argv }, { signal }).catch((error: unknown) => {
    together.arrive(undefined);
    throw error;
  });
  process.stderr.resume();
  together.arrive(await firstLine(process));
  await Promise.race([together.end, process.exit]);
  process.stdin.end();
  await process.exit;
}

/** Keeps the commands until all have come, but not for ever: one may wait for the end of another. */
class Together {
  /** Connections of the commands that ran at the same time. */
  readonly inTime: string[] = [];
  /** Those of all that ran. */
  readonly all: string[] = [];
  readonly end: Promise<void>;
  over!: () => void;
  #missing: number;
  #isOver = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(count: number) {
    this.#missing = count;
    this.end = new Promise((resolve) => {
      this.over = () => {
        clearTimeout(this.#timer);
        this.#isOver = true;
        resolve();
      };
    });
  }

  /** @param name - of the connection; undefined: the command did not run */
  arrive(name: string | undefined): void {
    if (name !== undefined) {
      this.all.push(name);
      if (!this.#isOver) this.inTime.push(name);
      this.#timer ??= setTimeout(() => this.over(), togetherMs);
    }
    this.#missing -= 1;
    if (this.#missing === 0) this.over();
  }
}

function firstLine({ stdout }: HostProcess): Promise<string | undefined> {
  return new Promise((resolve) => {
    let text = '';
    stdout.on('data', (chunk: Buffer) => {
      if (text.length > longestLine) return;
      text += chunk.toString('latin1');
      const end = text.indexOf('\n');
      if (end >= 0) resolve(text.slice(0, end));
    });
    stdout.once('close', () => resolve(undefined));
  });
}

function mostAlike(names: readonly string[]): number {
  return Math.max(0, ...names.map((name) => names.filter((other) => other === name).length));
}
