// Stops early, in words, on a Node that cannot run the rest.
import { Problem } from './say.mjs';

/** The oldest Node that works, as package.json `engines` says. */
const oldest = /** @type {const} */ ([20, 19]);

/** @param {string} [version] `process.versions.node` */
export function ensureNode(version = process.versions.node) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return;
  throw new Problem(
    `Node ${oldest.join('.')} or newer is needed; this is ${version}.`,
    'Debian 13 and Ubuntu 25.10 package a new enough one (apt install nodejs npm); others: https://nodejs.org/en/download',
  );
}
