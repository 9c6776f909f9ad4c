// How a process is started through somebody's login shell: a script that stdin brings, or the command itself.
import { randomBytes } from 'node:crypto';
import { Secret } from '../secret.ts';
import { quoteProcess } from './quote.ts';
import type { ProcessSpec, PtySize, StartOptions } from './transport.ts';
import { watchLifeLine, watchParent } from './watch.ts';

/**
 * Holds no word of ours, so sh, dash, bash, tcsh and fish read it alike and `ps` shows no argument and no secret.
 * `sh -s` is no alternative: dash then reads ahead and swallows the start of the payload.
 */
const plainCommand = `exec sh -c 'IFS= read -r __occ_l; eval "$__occ_l"'`;

/** A terminal edits lines and cuts them at 4,096 bytes (termios(3)), so the script comes encoded, in short lines. */
const terminalCommand = `exec sh -c '__occ_l=; while IFS= read -r __occ_p && [ -n "$__occ_p" ]; do __occ_l=$__occ_l$__occ_p; done; eval "$(printf %b "$__occ_l")"'`;

const terminalLineLength = 1000;

/**
 * Characters of a command that still holds its script: dropbear takes 9,000. sshd lets nobody send input before it has
 * started the command, so a script on stdin costs one more round trip.
 */
const longestCommand = 8000;

/** One start of a process through a shell. */
export interface Bootstrap {
  /** What the login shell is asked to run. Holds no word that a shell reads in its own way, and no secret. */
  readonly command: string;
  /** The same, for where no login shell is between: `docker exec`. */
  readonly argv: readonly string[];
  /** The first bytes of stdin, if any. What follows them is the process's own. */
  readonly script: Buffer;
  /** The process says it on stdout, followed by `:PID` and a line end, and on stderr, when its own output begins. */
  readonly token: string;
  /** Whether what follows the script is no input: the process gets none, and ends when stdin does. */
  readonly hasLifeLine: boolean;
  /** Whether anybody may see the script repeated: a terminal echoes it, and it holds no secret. */
  readonly mayBeEchoed: boolean;
}

/** How a process is started through a shell. */
export interface BootstrapOptions extends Pick<StartOptions, 'pty' | 'input' | 'deadlineMs'> {
  /** Whether the command may hold the script, for `ps` on the host to show. Default: false. */
  readonly mayShow?: boolean;
}

/**
 * Describes how to start a process through a shell.
 *
 * The script announces the process before it becomes it: what a talkative .bashrc printed can be told apart, and the
 * process id is known. sshd and runc start commands as session leaders, so that is the process group as well.
 *
 * A command must not outlive a lost connection; how that is seen is in `watch.ts`.
 *
 * @throws UsageError when the process cannot be described to a shell
 */
export function bootstrap(spec: ProcessSpec, options: BootstrapOptions = {}): Bootstrap {
  const { pty, input, deadlineMs } = options;
  const token = randomBytes(16).toString('hex');
  const hasLifeLine = input === 'none' && pty === undefined;
  const watch = hasLifeLine ? watchLifeLine(deadlineMs) : watchParent(deadlineMs);
  // The watch comes first: a connection may be lost as soon as the process is announced.
  const script = `unset __occ_l; ${watch}${announce(token, pty)}${quoteProcess(spec)}`;
  const isOpen = !Object.values(spec.env ?? {}).some((value) => value instanceof Secret);
  const whole =
    options.mayShow === true && hasLifeLine && isOpen ? wholeCommand(script) : undefined;
  const command = whole ?? (pty ? terminalCommand : plainCommand);
  return {
    command,
    argv: ['sh', '-c', command],
    script: whole === undefined ? scriptInput(script, pty) : Buffer.alloc(0),
    token,
    hasLifeLine,
    mayBeEchoed: pty !== undefined && isOpen,
  };
}

/** The script inside the command, in characters that sh, tcsh and fish take alike; undefined when it is too long. */
function wholeCommand(script: string): string | undefined {
  const encoded = [...Buffer.from(script)].map((byte) => encodeByte(byte, plainInQuotes)).join('');
  const command = `exec sh -c 'eval "$(printf %b "${encoded}")"'`;
  return command.length <= longestCommand ? command : undefined;
}

function scriptInput(script: string, pty: PtySize | undefined): Buffer {
  return pty ? encodeForTerminal(script) : Buffer.from(`${script}\n`);
}

/** The token is printed in two halves, so that a terminal's echo of the script is not taken for the announcement. */
function announce(token: string, pty: PtySize | undefined): string {
  const halves = `${token.slice(0, 16)} ${token.slice(16)}`;
  const size = pty ? `stty cols ${pty.columns} rows ${pty.rows} 2>/dev/null; ` : '';
  const stderr = pty ? '' : `printf '%s%s:%s\\n' ${halves} "$$" >&2; `;
  return `${size}${stderr}printf '%s%s:%s\\n' ${halves} "$$"; `;
}

function encodeForTerminal(script: string): Buffer {
  const encoded = [...Buffer.from(script)].map((byte) => encodeByte(byte, printable));
  const lines: string[] = [''];
  for (const unit of encoded) {
    const last = lines[lines.length - 1] ?? '';
    if (last.length + unit.length > terminalLineLength) lines.push(unit);
    else lines[lines.length - 1] = last + unit;
  }
  return Buffer.from(`${lines.join('\n')}\n\n`);
}

const printable = /^[ -[\]-~]$/;

/** What is nothing but itself between quotes within quotes, also for shells that know `!`. */
const plainInQuotes = /^[A-Za-z0-9 _./:;,=+@%(){}<>&|[\]*?#~^-]$/;

/** As `printf %b` reads it (printf(1)). */
function encodeByte(byte: number, plain: RegExp): string {
  const character = String.fromCharCode(byte);
  return plain.test(character) ? character : `\\0${byte.toString(8).padStart(3, '0')}`;
}
