// What the scripts tell the person who ran them: progress words, and failures with the way on.

/** A failure that is explained to the user instead of shown as a stack trace. */
export class Problem extends Error {
  /**
   * @param {string} message what failed and why
   * @param {string} [hint] what to do next
   */
  constructor(message, hint) {
    super(message);
    this.name = 'Problem';
    this.hint = hint;
  }
}

/** @param {string} text one line of progress, on stderr, so that stdout stays for results */
export function say(text) {
  process.stderr.write(`${text}\n`);
}

/**
 * Says what happens, does it, and says how long it took when that was noticeable.
 * @template T
 * @param {string} text
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function step(text, work) {
  const began = Date.now();
  say(`${text} …`);
  const result = await work();
  const seconds = (Date.now() - began) / 1000;
  if (seconds >= 2) say(`  done in ${seconds.toFixed(0)} s`);
  return result;
}

/**
 * Runs a script's main function; turns what it throws into a message and an exit code.
 * @param {() => Promise<number | undefined>} main answers the exit code; undefined is 0
 */
export async function runMain(main) {
  try {
    process.exitCode = (await main()) ?? 0;
  } catch (error) {
    report(error);
    process.exitCode = 1;
  }
}

/** @param {unknown} error */
export function report(error) {
  if (!(error instanceof Problem)) {
    console.error(error);
    return;
  }
  say(`\nerror: ${error.message}`);
  if (error.hint !== undefined) say(error.hint);
}
