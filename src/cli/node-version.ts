// Whether this Node.js can run occ. Imports nothing, so that it works on the versions it turns away.

/** Oldest Node.js that occ runs on: what Debian 13 ships. */
const oldest = [20, 19] as const;

/** What is wrong with a version such as `18.20.4`; undefined when nothing is. */
export function nodeVersionProblem(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isOld = major < oldest[0] || (major === oldest[0] && minor < oldest[1]);
  if (!isOld) return undefined;
  return `error: occ needs Node.js ${oldest.join('.')} or newer, and this is ${version}\nhint: Install a newer Node.js from https://nodejs.org or your distribution\n`;
}
