// `npm run build`: src → dist, from nothing, with a command line that can be run as it is.
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from './lib/dirs.mjs';
import { ensureNode } from './lib/ensure-node.mjs';
import { run } from './lib/run.mjs';
import { runMain } from './lib/say.mjs';

const shebang = '#!/usr/bin/env node\n';

await runMain(async () => {
  ensureNode();
  rmSync(join(repository, 'dist'), { recursive: true, force: true });
  const compiler = join(repository, 'node_modules/typescript/bin/tsc');
  await run([process.execPath, compiler, '-p', 'tsconfig.build.json'], { cwd: repository });
  makeExecutable(join(repository, 'dist/cli/main.js'));
  return 0;
});

/** @param {string} file */
function makeExecutable(file) {
  const text = readFileSync(file, 'utf8');
  if (!text.startsWith('#!')) writeFileSync(file, shebang + text);
  chmodSync(file, 0o755);
}
