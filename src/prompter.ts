// How a layer below the command line asks the person in front of it.
import type { Secret } from './secret.ts';

/** How a question is asked. */
export interface QuestionOptions {
  /** Aborting withdraws the question, which then rejects with a CancelledError. */
  readonly signal?: AbortSignal | undefined;
}

/** Asks a person. The questions answer undefined when there is nobody to ask (no terminal). */
export interface Prompter {
  /** False: there is nobody, and the questions answer undefined. Left out: it is not known. */
  readonly isAttended?: boolean | undefined;
  /** Reads one line without echo. */
  secret(question: string, options?: QuestionOptions): Promise<Secret | undefined>;
  /** Reads one line that is shown as it is typed: a one-time code, a name. */
  line(question: string, options?: QuestionOptions): Promise<string | undefined>;
  /** Asks a yes-or-no question; anything but an explicit yes is false. */
  confirm(question: string): Promise<boolean | undefined>;
  /** Reads the first line of standard input, for `--password-stdin`. */
  stdinLine(): Promise<Secret>;
}
