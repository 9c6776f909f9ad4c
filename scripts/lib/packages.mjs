// Installs packages of the distribution: Debian and Ubuntu only, and only what is missing.
import { existsSync, readFileSync } from 'node:fs';
import { findPrivilege, runAsRoot } from './root.mjs';
import { attempt } from './run.mjs';
import { Problem, say, step } from './say.mjs';

/** @returns {boolean} whether apt is how software comes to this machine */
export function hasApt() {
  return process.platform === 'linux' && existsSync('/usr/bin/apt-get');
}

/** @returns {string} `ID` of os-release(5): `debian`, `ubuntu`, … */
export function distribution() {
  const file = '/etc/os-release';
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  return /^ID="?([^"\n]+)/m.exec(text)?.[1] ?? process.platform;
}

/** @param {readonly string[]} names @returns {Promise<string[]>} those that are not installed */
async function missingPackages(names) {
  const format = '${Package} ${db:Status-Status}\n';
  const { stdout } = await attempt(['dpkg-query', '--show', `--showformat=${format}`, ...names]);
  const installed = new Set(stdout.split('\n').filter((line) => line.endsWith(' installed')));
  return names.filter((name) => !installed.has(`${name} installed`));
}

/**
 * Installs those packages that are missing, saying which and what for.
 * @param {readonly string[]} names
 * @param {string} purpose ends the sentence "Installing …, for"
 */
export async function ensurePackages(names, purpose) {
  const missing = await missingPackages(names);
  if (missing.length === 0) return;
  const command = `apt-get install --no-install-recommends ${missing.join(' ')}`;
  const privilege = await findPrivilege();
  if (privilege === 'none') {
    throw new Problem(
      `These Debian packages are needed for ${purpose}: ${missing.join(', ')}. Installing them needs root.`,
      `Run: sudo ${command}`,
    );
  }
  say(`Needed for ${purpose}: ${missing.join(', ')}`);
  await step('Installing them from the distribution', () => install(privilege, missing));
}

/** @param {import('./root.mjs').Privilege} privilege @param {readonly string[]} names */
async function install(privilege, names) {
  // env(1), because sudo drops the variable.
  const apt = ['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-q', '-y'];
  await runAsRoot(privilege, [...apt, 'update'], {
    hint: 'Can this machine reach its Debian mirror?',
  });
  await runAsRoot(privilege, [...apt, 'install', '--no-install-recommends', ...names]);
}

/** @param {string} name @returns {Promise<boolean>} whether the distribution has such a package */
export async function isKnownPackage(name) {
  const { stdout } = await attempt(['apt-cache', 'show', '--no-all-versions', name]);
  return stdout.includes(`Package: ${name}\n`);
}
