// Asks the person at the terminal. Questions go to standard error, so that standard output stays the command's answer.
import { CancelledError, UsageError } from '../errors.ts';
import type { Prompter, QuestionOptions } from '../prompter.ts';
import { sanitize } from '../sanitize.ts';
import { Secret } from '../secret.ts';
import type { Progress } from './progress.ts';
import { readTerminalLine } from './read-line.ts';
import type { InputStream, OutputStream } from './terminal.ts';

/** What a prompter needs. */
export interface PrompterOptions {
  readonly stdin: InputStream;
  readonly stderr: OutputStream;
  /** Ends a question that is being asked. */
  readonly signal: AbortSignal;
  /** Ctrl-C was typed at a question. */
  readonly onInterrupt: () => void;
  /** Live output steps aside while a question is asked. */
  readonly progress: Pick<Progress, 'pause' | 'resume'>;
}

/** Most bytes of a first line on standard input. */
export const mostLineBytes = 64 * 1024;

/** Questions of several hosts are asked one after the other. Without a terminal they answer undefined. */
export function createPrompter(options: PrompterOptions): Prompter {
  const { stdin, stderr, signal, onInterrupt, progress } = options;
  const interactive = stdin.isTTY === true && stderr.isTTY === true;
  let turn: Promise<unknown> = Promise.resolve();
  let firstLine: Promise<Secret> | undefined;

  const ask = (
    question: string,
    echo: boolean,
    { signal: own }: QuestionOptions = {},
  ): Promise<string> => {
    const either = own === undefined ? signal : AbortSignal.any([signal, own]);
    const answer = turn.then(async () => {
      // Withdrawn while it waited for its turn: nobody needs to see it.
      if (either.aborted) throw new CancelledError();
      progress.pause();
      try {
        const shown = question
          .split('\n')
          .map((line) => sanitize(line))
          .join('\n');
        return await readTerminalLine(stdin, stderr, {
          question: `${shown.trimEnd()} `,
          echo,
          signal: either,
          onInterrupt,
        });
      } finally {
        progress.resume();
      }
    });
    turn = answer.catch(() => undefined);
    return answer;
  };

  return {
    isAttended: interactive,
    secret: async (question, how) =>
      interactive ? new Secret(await ask(question, false, how)) : undefined,
    line: async (question, how) => (interactive ? ask(question, true, how) : undefined),
    confirm: async (question) => {
      if (!interactive) return undefined;
      return /^(y|yes)$/i.test((await ask(`${question} [y/N]`, true)).trim());
    },
    stdinLine: () => {
      firstLine ??= interactive
        ? ask('Password:', false).then((text) => new Secret(text))
        : readFirstLine(stdin, signal);
      return firstLine;
    },
  };
}

/** Reads up to the first line end, which is no part of the answer; everything else is. */
async function readFirstLine(stdin: InputStream, signal: AbortSignal): Promise<Secret> {
  const chunks: Buffer[] = [];
  let size = 0;
  const stop = () => stdin.destroy();
  signal.addEventListener('abort', stop, { once: true });
  try {
    for await (const chunk of stdin as AsyncIterable<Buffer>) {
      const end = chunk.indexOf('\n');
      chunks.push(end === -1 ? chunk : chunk.subarray(0, end));
      size += end === -1 ? chunk.length : end;
      if (end !== -1 || size > mostLineBytes) break;
    }
  } finally {
    signal.removeEventListener('abort', stop);
  }
  if (size > mostLineBytes) {
    throw new UsageError(`The first line of standard input is longer than ${mostLineBytes} bytes`);
  }
  return new Secret(Buffer.concat(chunks).toString('utf8').replace(/\r$/, ''));
}
