// Asks `ssh -G` for the effective configuration of a target, and which files it was read from.
import { spawn } from 'node:child_process';
import { ConnectError } from '../../errors.ts';
import { shellWord } from '../../shell-word.ts';
import { endGroup } from '../process-group.ts';
import type { Variables } from './ssh-tokens.ts';

/** Milliseconds for what is still to be read after the end of ssh. */
const lastWordsMs = 200;

/** The effective configuration as text, with what is known about where it comes from. */
export interface PrintedConfig {
  /** Lines of a keyword, a space, and a value. */
  readonly text: string;
  /** Who says so: OpenSSH, which expands some values already, or occ's own reader, which expands none. */
  readonly source: 'ssh' | 'subset';
  /** 902 for OpenSSH 9.2; undefined when it does not say, which counts as the newest. */
  readonly version: number | undefined;
  /** The configuration files that were read, in order. */
  readonly files: readonly string[];
}

/** What is needed to ask. */
export interface AskOptions {
  readonly host: string;
  readonly signal: AbortSignal;
  readonly env: Variables;
}

/**
 * Runs ssh with the arguments. `-v` makes it name its version and its files on standard error.
 * @throws ConnectError `config` when ssh refuses the configuration; its cause has the code ENOENT when there is no ssh
 */
export async function askSsh(argv: readonly string[], options: AskOptions): Promise<PrintedConfig> {
  const { code, stdout, stderr } = await runSsh(['-v', ...argv], options);
  if (code !== 0) throw refused(stderr, argv, options.host);
  const [, major, minor] = /^OpenSSH_(?:for_Windows_)?(\d+)\.(\d+)/m.exec(stderr) ?? [];
  const version = major === undefined ? undefined : Number(major) * 100 + Number(minor);
  return { text: stdout, source: 'ssh', version, files: filesIn(stderr) };
}

/** Files that ssh says it has read. A configuration with a final pass is read twice. */
function filesIn(stderr: string): string[] {
  const lines = stderr.matchAll(/^debug1: Reading configuration data (.*?)\r?$/gm);
  return [...new Set([...lines].map(([, file]) => file ?? ''))];
}

interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function runSsh(argv: readonly string[], { host, signal, env }: AskOptions): Promise<Finished> {
  return new Promise((resolve, reject) => {
    // A group of its own: a command of `Match exec` that hangs would outlive ssh.
    const child = spawn('ssh', argv, { stdio: ['ignore', 'pipe', 'pipe'], env, detached: true });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    const abort = (): void => {
      if (child.pid !== undefined) void endGroup(child.pid);
      letGo();
      reject(signal.reason as Error);
    };
    const letGo = (): void => {
      signal.removeEventListener('abort', abort);
      child.stdout.destroy();
      child.stderr.destroy();
    };
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    child.on('error', (cause: NodeJS.ErrnoException) => reject(cannotRun(cause, host)));
    // What `Match exec` left in the background, such as an agent, holds stderr open.
    child.on('exit', () => setTimeout(letGo, lastWordsMs).unref());
    child.on('close', (code) => {
      letGo();
      const [stdout, stderr] = [out, err].map((chunks) => Buffer.concat(chunks).toString('utf8'));
      resolve({ code, stdout: stdout ?? '', stderr: stderr ?? '' });
    });
  });
}

function cannotRun(cause: NodeJS.ErrnoException, host: string): ConnectError {
  return new ConnectError('config', `ssh could not be run: ${cause.message}`, { host, cause });
}

function refused(stderr: string, argv: readonly string[], host: string): ConnectError {
  const told = /^(debug\d: |OpenSSH_|Pseudo-terminal |$)/;
  const lines = stderr.split(/\r?\n/).filter((line) => !told.test(line));
  const why = lines.join('; ').trim() || 'it gave no reason';
  const hint = `Try it: ssh ${argv.map(shellWord).join(' ')}`;
  return new ConnectError('config', `ssh refuses its configuration: ${why}`, { host, hint });
}
