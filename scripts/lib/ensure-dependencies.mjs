// Installs what package-lock.json names, when node_modules is missing or older than it.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from './dirs.mjs';
import { run } from './run.mjs';
import { step } from './say.mjs';

/** Installs the npm packages of this clone, if they need it. */
export async function ensureDependencies() {
  // npm writes this file last, so an interrupted installation is repeated.
  const installed = modified('node_modules/.package-lock.json');
  if (installed !== undefined && installed >= (modified('package-lock.json') ?? 0)) return;
  await step('Installing npm packages (npm ci)', () =>
    run(['npm', 'ci', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: repository,
      hint: 'Does "npm ping" work? Behind a proxy: npm config set proxy / cafile.',
    }),
  );
}

/** @param {string} file */
function modified(file) {
  return statSync(join(repository, file), { throwIfNoEntry: false })?.mtimeMs;
}
