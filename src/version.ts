// The version of this package, read from its package.json: the same file relative to src/ and to dist/.
import { readFileSync } from 'node:fs';

const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/** The version of occ, for example `0.1.0`. */
export const version: string = manifest.version;
