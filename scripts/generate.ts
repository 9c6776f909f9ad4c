// Writes what is generated from the operations and the inventory's schema; with --check it only compares.
import { readFile, writeFile } from 'node:fs/promises';
import { format, resolveConfig } from 'prettier';
import type { AnyOperation } from '../src/ops/operation.ts';
import { registry } from '../src/ops/registry.ts';
import { describeOperation } from './generate/describe.ts';
import { inventoryJsonSchema, inventoryReference } from './generate/inventory-docs.ts';
import { cliReference } from './generate/reference.ts';
import type { ManifestCommand } from '../src/cli/manifest-types.ts';

const root = new URL('../', import.meta.url);

const operations: Readonly<Record<string, () => Promise<AnyOperation>>> = registry;

const commands = await Promise.all(
  Object.entries(operations).map(async ([name, load]) => {
    const command = describeOperation(await load());
    if (command.name !== name) throw new Error(`registry: ${name} loads ${command.name}`);
    return command;
  }),
);

// Daily verbs first, then the nouns; otherwise as in the registry.
commands.sort((a, b) => Number(a.name.includes('.')) - Number(b.name.includes('.')));

const files: Readonly<Record<string, string>> = {
  'src/cli/manifest.ts': await manifestSource(commands),
  'docs/cli.md': cliReference(commands),
  'docs/inventory.md': inventoryReference(),
  'docs/inventory.schema.json': inventoryJsonSchema(),
};

if (process.argv.includes('--check')) await check();
else {
  for (const [file, text] of Object.entries(files)) await writeFile(new URL(file, root), text);
}

async function manifestSource(entries: readonly ManifestCommand[]): Promise<string> {
  const source = `// Generated from the operations in src/ops by \`npm run generate\`. Do not edit.
/* eslint-disable max-lines -- generated: as long as there are commands */
import type { ManifestCommand } from './manifest-types.ts';

/** Every command, in the order that help shows them. */
export const manifest: readonly ManifestCommand[] = ${JSON.stringify(entries)};
`;
  const options = await resolveConfig(new URL('src/cli/manifest.ts', root));
  return format(source, { ...options, parser: 'typescript' });
}

async function check(): Promise<void> {
  const stale: string[] = [];
  for (const [file, text] of Object.entries(files)) {
    const present = await readFile(new URL(file, root), 'utf8').catch(() => '');
    if (present !== text) stale.push(file);
  }
  if (stale.length === 0) return;
  console.error(`Stale: ${stale.join(', ')}. Run: npm run generate`);
  process.exitCode = 1;
}
