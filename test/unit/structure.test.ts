// The structure of src: imports point one way, never in a circle, and a library is used by its owner only.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { ESLint } from 'eslint';
import ts from 'typescript';
import tseslint from 'typescript-eslint';
import { afterAll, describe, expect, test } from 'vitest';
import { repository } from '../../scripts/lib/dirs.mjs';
import { filesWithSourceImports } from '../../scripts/lib/source-imports.mjs';

/** File → what it imports: paths in src for its own, names as written for packages. */
type Imports = ReadonlyMap<string, readonly string[]>;

const src = join(repository, 'src');
const layers = ['leaves', 'transport', 'hosts', 'ops', 'cli'];
const registry = 'ops/registry.ts';

const owners: Readonly<Record<string, string>> = {
  ssh2: 'transport',
  'node:child_process': 'transport',
  'node:net': 'transport',
  dockerode: 'hosts',
  'docker-modem': 'hosts',
  yaml: 'hosts',
  cac: 'cli',
};

/** Static, dynamic and type-only imports, as the compiler reads them. */
function importsIn(file: string): readonly string[] {
  const { importedFiles } = ts.preProcessFile(readFileSync(join(src, file), 'utf8'));
  return importedFiles.map(({ fileName }) =>
    fileName.startsWith('.') ? posix.join(posix.dirname(file), fileName) : fileName,
  );
}

function layerOf(file: string): string {
  return file.includes('/') ? (file.split('/')[0] ?? '') : 'leaves';
}

function backward(imports: Imports): string[] {
  const rank = (file: string) => layers.indexOf(layerOf(file));
  return arrows(imports, (from, to) => imports.has(to) && rank(to) > rank(from));
}

function ofOperations(imports: Imports, operations: readonly string[]): string[] {
  return arrows(imports, (from, to) => operations.includes(to) && from !== registry);
}

function byStrangers(imports: Imports): string[] {
  return arrows(imports, (from, to) => to in owners && owners[to] !== layerOf(from));
}

function arrows(imports: Imports, wrong: (from: string, to: string) => boolean): string[] {
  return [...imports].flatMap(([from, targets]) =>
    targets.filter((to) => wrong(from, to)).map((to) => `${from} → ${to}`),
  );
}

/** The first circle that is found, as a path. */
function circle(imports: Imports): readonly string[] | undefined {
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): readonly string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const to of imports.get(file) ?? []) {
      const found = visit(to, [...path, file]);
      if (found) return found;
    }
    done.add(file);
    return undefined;
  };
  for (const file of imports.keys()) {
    const found = visit(file, []);
    if (found) return found;
  }
  return undefined;
}

describe('the sources', () => {
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => file.endsWith('.ts'));
  const imports = new Map(files.map((file) => [file, importsIn(file)]));
  // The programmatic API stands above all layers.
  const layered = new Map([...imports].filter(([file]) => file !== 'index.ts'));
  const operations = imports.get(registry)?.filter((file) => file !== 'ops/operation.ts') ?? [];

  test('are read: the registry names operations that exist', () => {
    expect(operations.length).toBeGreaterThan(20);
    expect(operations.filter((file) => !imports.has(file))).toEqual([]);
  });

  test('import from left to right only: cli → ops → hosts → transport → leaves', () => {
    expect(backward(layered)).toEqual([]);
  });

  test('import no operation, except through the registry', () => {
    expect(ofOperations(imports, operations)).toEqual([]);
  });

  test('import nothing in a circle, types included', () => {
    expect(circle(imports)).toBeUndefined();
  });

  test('use a library in the folder that owns it', () => {
    expect(byStrangers(imports)).toEqual([]);
  });

  test('use every dependency of the package', () => {
    const { dependencies } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    const used = new Set([...imports.values()].flat());
    expect(Object.keys(dependencies).filter((name) => !used.has(name))).toEqual([]);
  });
});

describe('the checks above can fail', () => {
  const imports: Imports = new Map([
    ['events.ts', ['hosts/host.ts']],
    ['hosts/host.ts', ['node:net', 'events.ts']],
    ['ops/user/user-add.ts', ['ops/user/user-list.ts']],
    ['ops/user/user-list.ts', []],
    [registry, ['ops/user/user-list.ts']],
  ]);

  test('on each kind of wrong import', () => {
    expect(backward(imports)).toEqual(['events.ts → hosts/host.ts']);
    expect(byStrangers(imports)).toEqual(['hosts/host.ts → node:net']);
    expect(ofOperations(imports, ['ops/user/user-list.ts'])).toEqual([
      'ops/user/user-add.ts → ops/user/user-list.ts',
    ]);
    expect(circle(imports)).toEqual(['events.ts', 'hosts/host.ts', 'events.ts']);
  });
});

describe('lint refuses', () => {
  // The rules about imports need no types, and without them a snippet need not be a file of the project.
  const eslint = new ESLint({
    cwd: repository,
    overrideConfig: [tseslint.configs.disableTypeChecked],
  });
  const rulesBrokenBy = async (file: string, code: string): Promise<(string | null)[]> => {
    const [result] = await eslint.lintText(code, { filePath: join(src, file) });
    return result?.messages.map(({ ruleId }) => ruleId) ?? [];
  };
  const statically = 'no-restricted-imports';
  const dynamically = 'no-restricted-syntax';

  const cases: [file: string, specifier: string][] = [
    ['errors.ts', './transport/run.ts'],
    ['transport/run.ts', '../hosts/host.ts'],
    ['hosts/host.ts', '../ops/operation.ts'],
    ['ops/lock.ts', '../cli/cli.ts'],
    ['ops/user/user-add.ts', '../../cli/cli.ts'],
    ['ops/user/user-add.ts', './user-list.ts'],
    ['ops/open/open.ts', '../container/start.ts'],
    ['cli/cli.ts', '../ops/container/start.ts'],
    ['hosts/host.ts', 'node:net'],
    ['hosts/host.ts', 'child_process'],
    ['ops/lock.ts', 'ssh2'],
    ['ops/lock.ts', 'dockerode'],
    ['cli/cli.ts', 'yaml'],
    ['transport/run.ts', 'cac'],
    ['ops/lock.ts', 'node:readline/promises'],
  ];
  test.each(cases)('in %s an import of %s, in every form', async (file, specifier) => {
    const from = JSON.stringify(specifier);
    expect(await rulesBrokenBy(file, `import { x } from ${from};\nx();\n`)).toEqual([statically]);
    expect(await rulesBrokenBy(file, `export { x } from ${from};\n`)).toEqual([statically]);
    expect(await rulesBrokenBy(file, `await import(${from});\n`)).toEqual([dynamically]);
  });

  test('a computed import, which nobody can check', async () => {
    expect(await rulesBrokenBy('ops/lock.ts', 'await import(`../${1}.ts`);\n')).toEqual([
      dynamically,
    ]);
  });

  test('nothing that is allowed', async () => {
    const allowed = [
      ['transport/run.ts', 'node:net'],
      ['hosts/host.ts', '../transport/run.ts'],
      ['ops/user/user-add.ts', './web-users.ts'],
      ['ops/registry.ts', './user/user-add.ts'],
      ['cli/cli.ts', '../ops/registry.ts'],
    ] as const;
    for (const [file, specifier] of allowed) {
      expect(await rulesBrokenBy(file, `await import('${specifier}');\n`)).toEqual([]);
    }
  });
});

describe('the build', () => {
  const directory = mkdtempSync(join(tmpdir(), 'occ-build-'));
  afterAll(() => rmSync(directory, { recursive: true }));

  test('finds imports of TypeScript that the compiler left', () => {
    const sources = {
      'dynamic.js': "const load = () => import('./a.ts');",
      'static.js': 'import { a } from "../b/a.ts";',
      'export.js': "export * from './a.ts';",
      'fine.js': "import { a } from './a.js'; // was './a.ts'",
    };
    for (const [name, text] of Object.entries(sources)) writeFileSync(join(directory, name), text);
    expect(filesWithSourceImports(directory)).toEqual(['dynamic.js', 'export.js', 'static.js']);
  });
});
