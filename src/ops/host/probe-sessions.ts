// Counts how many commands a server runs at once on one connection. No other way tells it: MaxSessions is not announced.
import type { HostProcess, Transport } from '../../transport/transport.ts';

/** Milliseconds that the first commands stay for the others to join them. */
const togetherMs = 2500;

/** More is no answer. */
const longestLine = 1000;

/** sshd(8) sets the variable for each command; the client's port in it tells one connection from another. */
const argv = ['sh', '-c', 'printf "%s\\n" "${SSH_CONNECTION-}"; exec cat >/dev/null'];

/**
 * Runs commands side by side and sees how many of them share a connection.
 * @param most - commands to start
 * @returns 1 to `most`; undefined where the server does not tell its connections apart
 * @throws CancelledError, and ConnectError when not even one command runs
 */
export async function countSessions(
  transport: Pick<Transport, 'start'>,
  most: number,
  signal: AbortSignal,
): Promise<number | undefined> {
  const together = new Together(most);
  const outcomes = await Promise.allSettled(
    Array.from({ length: most }, () => runOne(transport, together, signal)),
  );
  together.over();
  signal.throwIfAborted();
  const [first] = together.names;
  if (first !== undefined) return first === '' ? undefined : mostAlike(together.names);
  const failure = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failure !== undefined) throw failure.reason as Error;
  return undefined;
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
  await together.end;
  process.stdin.end();
  await process.exit;
}

/** Keeps the commands until all have come, but not for ever: one may wait for the end of another. */
class Together {
  readonly names: string[] = [];
  readonly end: Promise<void>;
  over!: () => void;
  #missing: number;
  #isOver = false;

  constructor(count: number) {
    this.#missing = count;
    this.end = new Promise((resolve) => {
      const timer = setTimeout(() => this.over(), togetherMs);
      this.over = () => {
        clearTimeout(timer);
        this.#isOver = true;
        resolve();
      };
    });
  }

  /** @param name - of the connection; undefined: the command did not run */
  arrive(name: string | undefined): void {
    if (name !== undefined && !this.#isOver) this.names.push(name);
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
  return Math.max(...names.map((name) => names.filter((other) => other === name).length));
}
