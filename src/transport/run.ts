// Runs a command value on a host: feeds, collects, waits, checks, parses. Shared by every transport.
import {
  CancelledError,
  CommandFailedError,
  ConnectError,
  OccError,
  TimeoutError,
} from '../errors.ts';
import { messageOf } from '../thrown.ts';
import { collect, feed } from './collect.ts';
import type { Command, CommandOutput } from './command.ts';
import { explainStderr, shown } from './explain.ts';
import type { Exit, Transport } from './transport.ts';

const defaultTimeoutMs = 60_000;
const defaultMaxBytes = 16 * 1024 * 1024;

/** As much of a transport as running needs. */
export type Runner = Pick<Transport, 'host' | 'start'>;

/** How a command is run, besides what it says itself. */
export interface RunOptions {
  /** Aborting cancels the command on the host. */
  readonly signal?: AbortSignal | undefined;
}

/** What a command printed and how it ended, whatever its exit code. */
export interface Captured {
  readonly exit: Exclude<Exit, { kind: 'lost' }>;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

/**
 * Runs a command and parses its answer.
 * @throws CommandFailedError when it exits with another code than `okCodes`, or is ended by a signal
 * @throws TimeoutError, CancelledError, ConnectError (`lost` in the middle) as {@link capture}
 * @throws OccError `answer` when the answer cannot be parsed
 */
export async function run<T>(
  runner: Runner,
  command: Command<T>,
  options: RunOptions = {},
): Promise<T> {
  const captured = await capture(runner, command, options);
  const output = checkExit(runner.host, command, captured);
  try {
    return command.parse(output);
  } catch (cause) {
    if (cause instanceof OccError) throw cause;
    const message = `Could not ${command.purpose}: the answer makes no sense: ${shown(messageOf(cause), command)}`;
    throw new OccError('answer', message, { host: runner.host });
  }
}

/**
 * Runs a command and answers what it printed; every exit code and signal is a result.
 * @throws TimeoutError after `timeoutMs`
 * @throws CancelledError when the signal is aborted
 * @throws ConnectError when the host cannot be reached, or is lost in the middle
 * @throws OccError `output-too-large` past `maxBytes`
 */
export async function capture(
  runner: Runner,
  command: Command<unknown>,
  options: RunOptions = {},
): Promise<Captured> {
  const stop = new AbortController();
  const timeoutMs = command.timeoutMs ?? defaultTimeoutMs;
  const fail = (error: Error) => stop.abort(error);
  const timer = setTimeout(() => fail(timedOut(runner.host, command, timeoutMs)), timeoutMs);
  const cancel = () => fail(cancelled(runner.host, command));
  options.signal?.addEventListener('abort', cancel, { once: true });
  if (options.signal?.aborted) cancel();
  try {
    return await attempt(runner, command, stop, timeoutMs);
  } catch (error) {
    // The transport only knows that it was stopped; why is known here.
    throw stop.signal.aborted ? (stop.signal.reason as Error) : error;
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', cancel);
  }
}

async function attempt(
  runner: Runner,
  command: Command<unknown>,
  stop: AbortController,
  deadlineMs: number,
): Promise<Captured> {
  stop.signal.throwIfAborted();
  const { argv, env, cwd } = command;
  const input = command.stdin === undefined ? { input: 'none' as const } : {};
  const start = { signal: stop.signal, deadlineMs, ...input };
  const process = await runner.start({ argv, env, cwd }, start);
  const maxBytes = command.maxBytes ?? defaultMaxBytes;
  const overflow = () => stop.abort(tooLarge(runner.host, command, maxBytes));
  const outputs = Promise.all([
    collect(process.stdout, maxBytes, overflow),
    collect(process.stderr, maxBytes, overflow),
  ]);
  feed(process.stdin, command.stdin, (error) => stop.abort(error));
  const [exit, [stdout, stderr]] = await Promise.all([process.exit, outputs]);
  stop.signal.throwIfAborted();
  if (exit.kind === 'lost') throw lost(runner.host, command, exit.cause);
  return { exit, stdout, stderr };
}

function checkExit(host: string, command: Command<unknown>, captured: Captured): CommandOutput {
  const { exit, stdout, stderr } = captured;
  const okCodes = command.okCodes ?? [0];
  if (exit.kind === 'exited' && okCodes.includes(exit.code)) {
    return { stdout, stderr, exitCode: exit.code };
  }
  const ending = exit.kind === 'exited' ? `exit code ${exit.code}` : `ended by ${exit.signal}`;
  const said = explainStderr(stderr, command);
  const why = said === '' ? ending : `${said} (${ending})`;
  const exitCode = exit.kind === 'exited' ? exit.code : undefined;
  throw new CommandFailedError(
    `Could not ${command.purpose}: ${why}`,
    { argv: command.argv.map((word) => shown(word, command)), exitCode, stderr: said },
    { host, ...(exitCode === 127 && { hint: `Install ${command.argv[0] ?? ''} on the host` }) },
  );
}

function timedOut(host: string, command: Command<unknown>, timeoutMs: number): TimeoutError {
  return new TimeoutError(`Could not ${command.purpose} within ${timeoutMs / 1000} s`, { host });
}

function cancelled(host: string, command: Command<unknown>): CancelledError {
  return new CancelledError(`Cancelled: ${command.purpose}`, { host });
}

function tooLarge(host: string, command: Command<unknown>, maxBytes: number): OccError {
  const message = `Could not ${command.purpose}: it printed more than ${maxBytes} bytes`;
  return new OccError('output-too-large', message, { host });
}

function lost(host: string, command: Command<unknown>, cause: Error): OccError {
  if (cause instanceof OccError && !(cause instanceof ConnectError)) return cause;
  const why = shown(cause.message, command);
  const message = `Could not ${command.purpose}: the connection was lost in the middle: ${why}`;
  const hint = 'Whether the command took effect is not known; look before you repeat it';
  return new ConnectError('lost', message, { host, hint, cause });
}
