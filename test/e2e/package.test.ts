// The package as somebody gets it: packed, installed elsewhere with npm alone, and run by both of its names.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { repository } from '../../scripts/lib/dirs.mjs';
import { run } from '../../scripts/lib/run.mjs';

interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

const { version } = JSON.parse(await readFile(join(repository, 'package.json'), 'utf8')) as {
  version: string;
};

let directory: string;
let packed: Packed;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'occ-package-'));
  // What is packed is the dist/ that these tests run against, so nothing is built here.
  const pack = ['npm', 'pack', '--ignore-scripts', '--json', '--pack-destination', directory];
  const [first] = JSON.parse(await run(pack, { cwd: repository })) as Packed[];
  if (first === undefined) throw new Error('npm packed nothing');
  packed = first;
  await writeFile(join(directory, 'package.json'), '{ "private": true }');
  const install = ['npm', 'install', '--no-audit', '--no-fund', '--loglevel=error'];
  await run([...install, join(directory, packed.filename)], { cwd: directory });
});

afterAll(() => rm(directory, { recursive: true, force: true }));

describe('the tarball', () => {
  const holds = (path: string): boolean => packed.files.some((file) => file.path === path);

  test.each([
    'dist/cli/main.js',
    'dist/index.js',
    'dist/index.d.ts',
    'dist/LICENSES.txt',
    'docker/Dockerfile',
    'docker/tools.lock.json',
    'docs/inventory.schema.json',
    'inventory.example.yaml',
    'CHANGELOG.md',
    'LICENSE',
    'README.md',
  ])('holds %s', (path) => {
    expect(holds(path)).toBe(true);
  });

  test('holds no tests, no sources and no scripts', () => {
    const paths = packed.files.map((file) => file.path);
    expect(paths.filter((path) => /^(test|src|scripts|\.)|\.test\./.test(path))).toEqual([]);
  });
});

describe('installed elsewhere', () => {
  const installed = (...argv: string[]): Promise<string> => run(argv, { cwd: directory });

  test.each(['occ', 'opencode-cloud'])('npx %s --version prints the version', async (name) => {
    expect(await installed('npx', '--no-install', name, '--version')).toBe(version);
  });

  test('can be imported, and exports its schema', async () => {
    const script = `
      import * as api from 'opencode-cloud';
      import { createRequire } from 'node:module';
      const schema = createRequire(import.meta.url)('opencode-cloud/inventory.schema.json');
      console.log(Object.keys(api).length > 0, schema.type);`;
    const module = ['--input-type=module', '--eval', script];
    expect(await installed(process.execPath, ...module)).toBe('true object');
  });

  test.each([['--version'], ['--help'], ['start', '--help'], ['host', 'add', '--help']])(
    'occ %s %s loads no library',
    async (...args) => {
      expect(await packagesLoadedBy(args)).toEqual([]);
    },
  );

  test('a command that needs a library loads it, so that the check above can fail', async () => {
    expect(await packagesLoadedBy(['config', 'show', '--host', 'local'])).toContain('zod');
  });

  /** Names of the packages that a command line loads, as ES modules or as CommonJS. */
  async function packagesLoadedBy(args: readonly string[]): Promise<string[]> {
    const log = join(directory, 'loaded.txt');
    await writeFile(log, '');
    const hook = join(repository, 'test/fixtures/log-loaded-modules.mjs');
    const main = join(directory, 'node_modules/opencode-cloud/dist/cli/main.js');
    const env = { ...process.env, OCC_LOADED_MODULES: log, XDG_CONFIG_HOME: directory };
    await run([process.execPath, '--import', hook, main, ...args], { cwd: directory, env });
    const loaded = (await readFile(log, 'utf8')).split('\n');
    // A library is a file of the package, or a package beside it.
    const names = loaded.map(
      (url) =>
        /\/dist\/libraries\/(.+)-[^/]{8}\.js$/.exec(url)?.[1] ??
        /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1] ??
        '',
    );
    return [...new Set(names)].filter((name) => !['', 'opencode-cloud', 'cac'].includes(name));
  }
});
