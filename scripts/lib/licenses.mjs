// The licences of what a build contains: they want to go along with it.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The part of a package.json that is read.
 * @typedef {{ name: string, version: string, license?: string, author?: string | { name?: string } }} Described
 */

const licenceFile = /^(licen[cs]e|copying|notice)/i;

/**
 * Names, versions and licences of packages, as one text.
 * @param {readonly string[]} directories of the packages
 * @returns {string}
 */
export function licensesOf(directories) {
  return directories.map(entryOf).join(`\n${'-'.repeat(80)}\n\n`);
}

/** @param {string} directory */
function entryOf(directory) {
  /** @type {unknown} */
  const described = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  const { name, version, license, author } = /** @type {Described} */ (described);
  const who = typeof author === 'string' ? author : author?.name;
  const files = readdirSync(directory).filter((file) => licenceFile.test(file));
  const texts = files.map((file) => readFileSync(join(directory, file), 'utf8').trim());
  const by = who === undefined ? '' : `, by ${who}`;
  return [`${name} ${version}: ${license ?? 'see below'}${by}`, ...texts, ''].join('\n\n');
}
