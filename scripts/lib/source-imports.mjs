// Finds compiled files that still import TypeScript: they load here, beside the sources, and nowhere else.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const sourceImport = /\b(?:from|import)\s*\(?\s*(['"`])\.{1,2}\/[^'"`]*\.ts\1/;

/**
 * TypeScript 6.0 leaves the `.ts` of an import() in a function that it lowers for `using`.
 * @param {string} directory where the compiler wrote to
 * @returns {string[]} paths in it
 */
export function filesWithSourceImports(directory) {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.js'))
    .filter((name) => sourceImport.test(readFileSync(join(directory, name), 'utf8')))
    .sort();
}
