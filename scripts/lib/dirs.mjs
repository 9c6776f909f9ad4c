// Where the scripts keep what must outlive one run. XDG Base Directory Specification 0.8.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The clone that the scripts belong to. */
export const repository = fileURLToPath(new URL('../..', import.meta.url));

/** State of one concern: `engine`, `quickstart`, `lab`. @param {string} name */
export function stateDirectory(name) {
  return ensure(join(base('XDG_STATE_HOME', '.local/state'), 'opencode-cloud', name));
}

/** What can be made again: saved images, root file systems. */
export function cacheDirectory() {
  return ensure(join(base('XDG_CACHE_HOME', '.cache'), 'opencode-cloud'));
}

/**
 * @param {string} file
 * @returns {unknown} undefined when there is no such file
 */
export function readJson(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}

/** Writes in one move, so that a killed run leaves the old content or the new. @param {string} file @param {unknown} value */
export function writeJson(file, value) {
  ensure(dirname(file));
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(value, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(draft, file);
}

/** @param {string} file */
export function removeFile(file) {
  rmSync(file, { force: true });
}

/** @param {string} variable @param {string} fallback */
function base(variable, fallback) {
  const value = process.env[variable];
  return value?.startsWith('/') ? value : join(homedir(), fallback);
}

/** @param {string} directory */
function ensure(directory) {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  return directory;
}
