// Where this package is, and its version. The one place that asks where it runs from: built, it is in another file.
import { readFileSync } from 'node:fs';

/** The directory of the package: src/ and dist/ are in it. */
export const packageDirectory = new URL('../', import.meta.url);

const manifest = JSON.parse(readFileSync(new URL('package.json', packageDirectory), 'utf8')) as {
  version: string;
};

/** The version of occ, for example `0.1.0`. */
export const version: string = manifest.version;
