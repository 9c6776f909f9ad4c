// Lets a process in a container tell its exit code itself: asking the engine afterwards costs a round trip more.
import { randomBytes } from 'node:crypto';

/** Lower-case hexadecimal digits of a token. */
const tokenLength = 32;

/** What follows a token: a colon and three digits. */
const codeLength = 4;

/**
 * Runs the words after it, then writes token and exit code to stderr. A death by signal is 128 + number, as the engine
 * says; what the shell itself would say about it goes nowhere.
 */
const script =
  '__occ_t=$1; shift; exec 3>&2 2>/dev/null; (exec "$@" 2>&3 3>&-); set -- "$?"; ' +
  `printf '%s:%03d' "$__occ_t" "$1" >&3; exit "$1"`;

/** Finds the exit code at the end of what a process writes to stderr, and takes it away. */
export class ExecEnding {
  readonly #token = randomBytes(tokenLength / 2).toString('hex');
  #held = Buffer.alloc(0);

  /** The same command, which then tells its exit code. */
  telling(argv: readonly string[]): readonly string[] {
    return ['sh', '-c', script, 'sh', this.#token, ...argv];
  }

  /** Takes what was written to stderr; answers what of it is surely the process's own. */
  push(chunk: Buffer): Buffer {
    const all = Buffer.concat([this.#held, chunk]);
    const longest = Math.min(tokenLength + codeLength, all.length);
    let length = longest;
    while (length > 0 && !this.#begins(all.toString('latin1', all.length - length))) length -= 1;
    this.#held = all.subarray(all.length - length);
    return all.subarray(0, all.length - length);
  }

  /** The exit code, once it was told. */
  get code(): number | undefined {
    if (this.#held.length !== tokenLength + codeLength) return undefined;
    return Number(this.#held.toString('latin1', tokenLength + 1));
  }

  /** What was held back and is no exit code. For when stderr is over. */
  get rest(): Buffer {
    return this.code === undefined ? this.#held : Buffer.alloc(0);
  }

  #begins(text: string): boolean {
    const rest = text.slice(tokenLength);
    return this.#token.startsWith(text.slice(0, tokenLength)) && /^(?::\d{0,3})?$/.test(rest);
  }
}
