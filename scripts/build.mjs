// `npm run build`: src → dist, from nothing: the types, and a program of few files that can be run as it is.
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from './lib/dirs.mjs';
import { ensureNode } from './lib/ensure-node.mjs';
import { licensesOf } from './lib/licenses.mjs';
import { run } from './lib/run.mjs';
import { Problem, runMain } from './lib/say.mjs';
import { filesWithSourceImports } from './lib/source-imports.mjs';

const shebang = '#!/usr/bin/env node\n';

await runMain(async () => {
  ensureNode();
  const dist = join(repository, 'dist');
  rmSync(dist, { recursive: true, force: true });
  const compiler = join(repository, 'node_modules/typescript/bin/tsc');
  await run([process.execPath, compiler, '-p', 'tsconfig.build.json'], { cwd: repository });
  // Loaded here, because it may just have been installed.
  const { bundle } = await import('./lib/bundle.mjs');
  writeFileSync(join(dist, 'LICENSES.txt'), licensesOf(await bundle(dist)));
  refuse(filesWithSourceImports(dist));
  makeExecutable(join(dist, 'cli/main.js'));
  return 0;
});

/** @param {readonly string[]} files that import TypeScript */
function refuse(files) {
  if (files.length === 0) return;
  throw new Problem(
    `The compiler left imports of .ts files in dist/: ${files.join(', ')}`,
    'Move the import() into a function of its own, without `using`.',
  );
}

/** @param {string} file */
function makeExecutable(file) {
  const text = readFileSync(file, 'utf8');
  if (!text.startsWith('#!')) writeFileSync(file, shebang + text);
  chmodSync(file, 0o755);
}
