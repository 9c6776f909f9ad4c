// A command as a value: what to run, what to feed it, how to read its answer. Pure; a transport runs it.
import type { Readable } from 'node:stream';
import { withoutLineEnds } from '../sanitize.ts';
import type { Secret } from '../secret.ts';
import type { ProcessSpec } from './transport.ts';

/** What a command printed. */
export interface CommandOutput {
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  readonly exitCode: number;
}

/** A command whose answer is a `T`. Builders of these are pure functions beside the operation that needs them. */
export interface Command<T> extends ProcessSpec {
  /** Fed to the process, then closed. Secrets belong here. */
  readonly stdin?: string | Uint8Array | Secret | Readable | undefined;
  /** Exit codes that mean success. Default: 0 only. */
  readonly okCodes?: readonly number[] | undefined;
  /** Milliseconds until the command is cancelled. Default: 60,000. */
  readonly timeoutMs?: number | undefined;
  /** Most bytes of stdout, and of stderr, that are kept. Default: 16 MiB. More is an error. */
  readonly maxBytes?: number | undefined;
  /** What the command is for, in words for an error message: `read the facts of the host`. */
  readonly purpose: string;
  parse(output: CommandOutput): T;
}

/** Reads stdout as UTF-8 without the line ends at its end. */
export function textOf(output: CommandOutput): string {
  return withoutLineEnds(output.stdout.toString('utf8'));
}

/** For commands whose answer is that they succeeded. */
export function nothing(): void {
  return;
}
