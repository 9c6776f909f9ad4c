// Turns a channel on which a shell waits for its script into a process: announcement, cancellation, how it ended.
import { setTimeout as delay } from 'node:timers/promises';
import { finished, Writable } from 'node:stream';
import type { Readable } from 'node:stream';
import { UnsupportedError } from '../errors.ts';
import { sanitize } from '../sanitize.ts';
import { AnnouncementGate } from './announcement.ts';
import type { Bootstrap } from './bootstrap.ts';
import { over } from './stream-end.ts';
import type { Exit, HostProcess } from './transport.ts';

/** Milliseconds that a cancelled process's announcement, and then its end, are waited for. */
const patienceMs = 3000;

/** A channel on which {@link Bootstrap.command} was started. */
export interface ProcessChannel {
  readonly stdin: Writable;
  /** Ends, or closes, when the connection is lost. */
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** How the command ended. Never rejects; settles, at the latest, when the channel is closed. */
  readonly exit: Promise<Exit>;
  /** Gives the channel up: both outputs and `exit` come to their end. */
  close(): void;
}

/** Where a process runs, and how it is ended. */
export interface RemoteProcessOptions {
  readonly host: string;
  readonly signal?: AbortSignal | undefined;
  /** Ends the process group, normally with `killGroup` on the same connection. */
  kill(pid: number): Promise<void>;
}

/** A process that can be cancelled without a signal, for a transport that closes. */
export interface RemoteProcess extends HostProcess {
  /** Does what aborting does; settles when it is done. Never rejects. Does nothing once the process has ended. */
  cancel(): Promise<void>;
}

/** Sends the script and answers the process that the shell becomes. */
export function becomeProcess(
  channel: ProcessChannel,
  boot: Bootstrap,
  options: RemoteProcessOptions,
): RemoteProcess {
  const stdout = through(channel.stdout, new AnnouncementGate(boot.token));
  const stderr = through(channel.stderr, new AnnouncementGate(boot.token, { keepPreamble: true }));
  channel.stdin.on('error', ignore);
  if (boot.script.length > 0) channel.stdin.write(boot.script);

  const ended = Promise.all([channel.exit, over(stdout), over(stderr)]).then(([exit]) =>
    stdout.isOpen ? exit : neverBegan(options.host, exit, lastWords(boot, stdout, stderr)),
  );
  let cancelled: Promise<void> | undefined;
  const cancel = () => (cancelled ??= endProcess(channel, boot, stdout, options));
  const stop = () => void cancel();
  options.signal?.addEventListener('abort', stop, { once: true });
  if (options.signal?.aborted) stop();
  const exit = ended.finally(() => {
    options.signal?.removeEventListener('abort', stop);
    cancelled ??= Promise.resolve();
    if (boot.hasLifeLine) channel.stdin.end();
  });
  const stdin = boot.hasLifeLine ? nowhere() : channel.stdin;
  return { stdin, stdout, stderr, exit, cancel };
}

/** The stdin of a process that has none: the channel's own must stay open as long as the process may run. */
function nowhere(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() });
}

async function endProcess(
  channel: ProcessChannel,
  boot: Bootstrap,
  stdout: AnnouncementGate,
  options: RemoteProcessOptions,
): Promise<void> {
  // Cutting the life line ends the process without a second command, where its end is seen.
  if (boot.hasLifeLine && (await endsWithoutLifeLine(channel))) return;
  const pid = await Promise.race([stdout.pid, delay(patienceMs, undefined, { ref: false })]);
  if (pid !== undefined) await options.kill(pid).catch(ignore);
  // What escaped from the group may still hold the outputs open.
  await Promise.race([channel.exit, delay(patienceMs, undefined, { ref: false })]);
  channel.close();
}

async function endsWithoutLifeLine(channel: ProcessChannel): Promise<boolean> {
  channel.stdin.end();
  const patience = delay(patienceMs, false, { ref: false });
  return Promise.race([channel.exit.then(() => true), patience]);
}

/** What the shell said before it ended. A host that repeats its input repeats the secrets in it. */
function lastWords(boot: Bootstrap, stdout: AnnouncementGate, stderr: AnnouncementGate): string {
  if (!boot.mayBeEchoed && (stdout.isEchoed || stderr.isEchoed)) return '';
  return sanitize(`${stdout.preamble}\n${stderr.preamble}`).trim();
}

/** Whatever code the shell left with, it is not the command's. */
function neverBegan(host: string, exit: Exit, said: string): Exit {
  if (exit.kind === 'lost') return exit;
  const cause = new UnsupportedError(
    `The command never began: the shell that was to run it ended first${said === '' ? '' : `, saying: ${said}`}`,
    { host, hint: 'The account needs a login shell that runs commands' },
  );
  return { kind: 'lost', cause };
}

/** Unlike pipe(), ends the gate when the source breaks off: `exit` tells why, so the output need not. */
function through(source: Readable, gate: AnnouncementGate): AnnouncementGate {
  finished(source, { writable: false }, () => gate.end());
  gate.once('close', () => source.resume());
  return source.pipe(gate, { end: false });
}

function ignore(): void {
  return;
}
