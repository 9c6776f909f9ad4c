// Runs occ as a user would: the built command line, in a process of its own.
import { spawn } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '../lib/dirs.mjs';
import { attempt, run } from '../lib/run.mjs';
import { Problem, say, step } from '../lib/say.mjs';

const main = join(repository, 'dist/cli/main.js');

/** How to type it from the clone. */
export const occCommand = 'node dist/cli/main.js';

/** Builds dist/ unless it is newer than every source file. */
export async function ensureBuilt() {
  const built = statSync(main, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const sources = readdirSync(join(repository, 'src'), { recursive: true, encoding: 'utf8' });
  const files = [...sources.map((name) => `src/${name}`), 'package.json', 'tsconfig.build.json'];
  if (files.every((file) => statSync(join(repository, file)).mtimeMs < built)) return;
  await step('Building occ', () => run([process.execPath, join(repository, 'scripts/build.mjs')]));
}

/**
 * Runs a command on this terminal, after saying it.
 * @param {readonly string[]} args
 */
export async function occ(...args) {
  say(`\n$ occ ${args.join(' ')}`);
  const child = spawn(process.execPath, [main, ...args], { stdio: 'inherit' });
  const wait = () => undefined;
  process.on('SIGINT', wait);
  /** @type {number | null} */
  const code = await new Promise((resolve) => child.on('close', resolve));
  process.off('SIGINT', wait);
  if (code === 0) return;
  if (code === 130)
    throw new Problem('Interrupted.', 'Run the same command again: it goes on from here.');
  throw new Problem(
    `"occ ${args.join(' ')}" failed (exit code ${code ?? 'none'}); it says above why.`,
  );
}

/**
 * Runs a command and reads its JSON.
 * @param {readonly string[]} args
 * @returns {Promise<unknown>}
 */
export async function occJson(...args) {
  const argv = [process.execPath, main, ...args, '--json'];
  const { code, stdout, stderr } = await attempt(argv);
  if (code !== 0)
    throw new Problem(
      `"occ ${args.join(' ')}" failed (exit code ${code})\n${stderr.trim() || stdout.trim()}`,
    );
  /** @type {unknown} */
  const report = JSON.parse(stdout);
  return report;
}

/**
 * The value that an operation answered for one host.
 * @template T
 * @param {unknown} report
 * @param {string} host
 * @returns {T}
 */
export function valueOf(report, host) {
  const { hosts } = /** @type {{ hosts: { host: string, value: T }[] }} */ (report);
  const found = hosts.find((each) => each.host === host);
  if (found === undefined) throw new Problem(`occ did not answer for ${host}.`);
  return found.value;
}

/**
 * The value that an operation on the inventory answered.
 * @template T
 * @param {unknown} report
 * @returns {T}
 */
export function inventoryValue(report) {
  return /** @type {{ value: T }} */ (report).value;
}
