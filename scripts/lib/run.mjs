// Runs commands for the scripts: argv in, exit code and output out. Never through a shell.
import { spawn } from 'node:child_process';
import { Problem } from './say.mjs';

/**
 * @typedef {object} RunOptions
 * @property {string} [cwd]
 * @property {NodeJS.ProcessEnv} [env] replaces the environment
 * @property {string} [input] written to stdin; without it stdin is closed
 * @property {boolean} [show] pass output on to the terminal instead of collecting it
 * @property {number} [silenceSeconds] kill it after so many seconds without output
 * @property {boolean} [ownGroup] keep Ctrl-C away from it: it ends by itself, or is ended by us
 */

/** @typedef {{ code: number, stdout: string, stderr: string }} Outcome */

/**
 * Runs a command to its end, whatever its exit code. A command that does not exist has exit code 127.
 * @param {readonly string[]} argv
 * @param {RunOptions} [options]
 * @returns {Promise<Outcome>}
 */
export function attempt(argv, options = {}) {
  const [file = '', ...args] = argv;
  const output = options.show === true ? 'inherit' : 'pipe';
  const child = spawn(file, args, {
    stdio: [options.input === undefined ? 'ignore' : 'pipe', output, output],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: options.env }),
    detached: options.ownGroup === true,
  });
  const silence = watchSilence(child, options.silenceSeconds);
  const stdout = gather(child.stdout, silence.heard);
  const stderr = gather(child.stderr, silence.heard);
  child.stdin?.on('error', () => undefined).end(options.input);
  return new Promise((resolve) => {
    child.on('error', (error) => {
      silence.stop();
      resolve({ code: 127, stdout: '', stderr: error.message });
    });
    child.on('close', (code, signal) => {
      silence.stop();
      const killed = signal === null ? '' : `\nended by ${signal}`;
      resolve({ code: code ?? 128, stdout: stdout(), stderr: stderr() + killed });
    });
  });
}

/**
 * Runs a command that must succeed.
 * @param {readonly string[]} argv
 * @param {RunOptions & { hint?: string }} [options]
 * @returns {Promise<string>} its stdout, trimmed
 */
export async function run(argv, options = {}) {
  const outcome = await attempt(argv, options);
  if (outcome.code === 0) return outcome.stdout.trim();
  const said = [outcome.stdout, outcome.stderr].join('\n').trim().split('\n').slice(-20).join('\n');
  throw new Problem(
    `"${argv.join(' ')}" failed (exit code ${outcome.code})\n${said}`,
    options.hint,
  );
}

/** @param {import('node:stream').Readable | null} stream @param {() => void} heard */
function gather(stream, heard) {
  let text = '';
  stream?.setEncoding('utf8').on('data', (/** @type {string} */ chunk) => {
    text += chunk;
    heard();
  });
  return () => text;
}

/** @param {import('node:child_process').ChildProcess} child @param {number | undefined} seconds */
function watchSilence(child, seconds) {
  if (seconds === undefined) return { heard: () => undefined, stop: () => undefined };
  const timer = setTimeout(() => child.kill('SIGTERM'), seconds * 1000);
  return { heard: () => timer.refresh(), stop: () => clearTimeout(timer) };
}

/**
 * Starts a process that outlives this one. Its output goes to a file.
 * @param {readonly string[]} argv
 * @param {number} output file descriptor
 */
export function spawnDetached(argv, output) {
  const [file = '', ...args] = argv;
  const child = spawn(file, args, { detached: true, stdio: ['ignore', output, output] });
  // A missing program shows as an engine that never answers; the log is quoted then.
  child.on('error', () => undefined);
  child.unref();
}
