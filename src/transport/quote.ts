// The one place where words become shell text, and the one shape that text takes: a single line for POSIX sh.
import { UsageError } from '../errors.ts';
import { Secret } from '../secret.ts';
import type { ProcessSpec } from './transport.ts';

/** Holds a line end while the script runs, because the script itself must stay one line. */
const LINE_END = '__occ_n';

/**
 * Quotes a word for a one-line POSIX sh script in which {@link lineEndSetup} ran before.
 * @throws UsageError when it holds a NUL, which no process can be given
 */
function quoteWord(word: string): string {
  if (word.includes('\0')) throw new UsageError('An argument or variable holds a NUL character');
  const quoted = word.replaceAll("'", `'\\''`).replaceAll('\n', `'"$${LINE_END}"'`);
  return `'${quoted}'`;
}

/** What must stand before quoted words. Command substitution drops line ends, hence the `x`. */
const lineEndSetup = `${LINE_END}=$(printf '\\nx'); ${LINE_END}=\${${LINE_END}%x}; `;

/**
 * The one line of POSIX sh that becomes the process: exit code 125 when `cwd` cannot be entered, 127 and 126 as sh has it.
 * @throws UsageError when a name, a path or a word cannot be handed to a process
 */
export function quoteProcess(spec: ProcessSpec): string {
  const words = spec.argv.map(quoteWord).join(' ');
  checkProgram(spec.argv[0]);
  const script = `${exportVariables(spec.env)}${enterDirectory(spec.cwd)}exec ${words}`;
  return script.includes(`$${LINE_END}`) ? lineEndSetup + script : script;
}

/** The value of a variable of a {@link ProcessSpec}. */
export function revealValue(value: string | Secret): string {
  return value instanceof Secret ? value.reveal() : value;
}

/**
 * Checks what a shell could not be told and a local process would silently get wrong, so that every transport agrees.
 * @throws UsageError
 */
export function checkProcess(spec: ProcessSpec): void {
  quoteProcess(spec);
}

function checkProgram(program: string | undefined): void {
  if (program === undefined || program === '') {
    throw new UsageError('A command needs the name of a program');
  }
  if (program.startsWith('-')) {
    throw new UsageError(`A program name cannot start with a hyphen: ${program}`);
  }
}

function exportVariables(env: ProcessSpec['env'] = {}): string {
  return Object.entries(env)
    .map(([name, value]) => {
      if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) || name.startsWith('__occ_')) {
        throw new UsageError(`This is not a name for an environment variable: ${name}`);
      }
      return `export ${name}=${quoteWord(revealValue(value))}; `;
    })
    .join('');
}

function enterDirectory(cwd: string | undefined): string {
  if (cwd === undefined) return '';
  if (!cwd.startsWith('/')) throw new UsageError(`A working directory must be absolute: ${cwd}`);
  const complaint = quoteWord(`cannot enter the directory ${cwd}`);
  return `cd ${quoteWord(cwd)} || { printf '%s\\n' ${complaint} >&2; exit 125; }; `;
}
