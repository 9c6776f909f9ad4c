// `npm run lab`: makes sure that everything the lab needs is there, then hands over to test/lab/main.ts.
import { ensureDependencies } from './lib/ensure-dependencies.mjs';
import { ensureEngine } from './lib/ensure-engine.mjs';
import { ensureNode } from './lib/ensure-node.mjs';
import { runTypeScript } from './lib/run-typescript.mjs';
import { runMain } from './lib/say.mjs';

await runMain(async () => {
  ensureNode();
  await ensureDependencies();
  await ensureEngine('lab');
  return runTypeScript('test/lab/main.ts', process.argv.slice(2));
});
