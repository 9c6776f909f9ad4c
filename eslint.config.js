import { readFileSync } from 'node:fs';
import { defineConfig } from 'eslint/config';
import tsdoc from 'eslint-plugin-tsdoc';
import tseslint from 'typescript-eslint';

/** @typedef {{ regex: string, message: string }} Ban an import that is not allowed */

/**
 * What a folder may not import, in whatever form: `import … from`, `export … from`, `import()`. ESLint's own rule does not
 * see the last one.
 * @param {...Ban[]} lists
 * @returns {import('eslint').Linter.RulesRecord}
 */
const forbid = (...lists) => {
  const bans = lists.flat();
  const dynamic = bans.map(({ regex, message }) => ({
    // A slash would end the pattern of a selector.
    selector: `ImportExpression > Literal[value=/${regex.replaceAll('/', '\\x2F')}/]`,
    message,
  }));
  return {
    'no-restricted-imports': ['error', { patterns: bans }],
    'no-restricted-syntax': ['error', ...dynamic, computedImport],
  };
};

const computedImport = {
  selector: 'ImportExpression > :not(Literal).source',
  message: 'import() takes a plain string, so that it can be seen what is imported.',
};

/**
 * The folder direction: cli → ops → hosts → transport → leaves. An import may only point to the right.
 * @param {string[]} names
 * @returns {Ban[]}
 */
const folders = (...names) =>
  names.map((name) => ({
    regex: `^(\\.{1,2}/)+(.*/)?${name}/`,
    message: `Imports point cli → ops → hosts → transport → leaves, so this folder may not import ${name}/.`,
  }));

/** @param {string} owner @param {string[]} names @returns {Ban[]} */
const ownedBy = (owner, ...names) =>
  names.map((name) => ({
    regex: `^(node:)?${name}(/|$)`,
    message: `Only ${owner} may import ${name}.`,
  }));

const transportOnly = ownedBy('src/transport', 'ssh2', 'child_process', 'net');
const hostsOnly = ownedBy('src/hosts', 'dockerode', 'docker-modem', 'yaml', 'keytar');
const cliOnly = ownedBy('src/cli', 'cac', 'readline', 'tty');

const registry = readFileSync(new URL('src/ops/registry.ts', import.meta.url), 'utf8');

/** What operations share is a file beside them; an operation that imports another can no longer change by itself. */
const operations = [...registry.matchAll(/import\('\.\/(\w+)\/([\w-]+)\.ts'\)/g)].map(
  ([, folder, name]) => ({
    regex: `(^\\./|/${folder}/)${name}\\.ts$`,
    message: `Only the registry imports an operation (${folder}/${name}.ts).`,
  }),
);

export default defineConfig(
  { ignores: ['dist/', 'coverage/', 'node_modules/'] },
  {
    files: ['**/*.{ts,js,mjs}'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      'max-depth': ['error', 3],
      eqeqeq: 'error',
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true } }],
    },
  },
  {
    files: ['src/**/*.ts'],
    plugins: { tsdoc },
    rules: {
      'tsdoc/syntax': 'error',
      'max-lines': ['error', { max: 200, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 50, skipBlankLines: true, skipComments: true }],
      complexity: ['error', 12],
    },
  },
  {
    files: ['src/*.ts'],
    ignores: ['src/index.ts'],
    rules: forbid(folders('transport', 'hosts', 'ops', 'cli'), transportOnly, hostsOnly, cliOnly),
  },
  {
    files: ['src/transport/**/*.ts'],
    rules: forbid(folders('hosts', 'ops', 'cli'), hostsOnly, cliOnly),
  },
  {
    files: ['src/hosts/**/*.ts'],
    rules: forbid(folders('ops', 'cli'), transportOnly, cliOnly),
  },
  {
    files: ['src/ops/**/*.ts'],
    rules: forbid(folders('cli'), transportOnly, hostsOnly, cliOnly, operations),
  },
  {
    files: ['src/ops/registry.ts'],
    rules: forbid(folders('cli'), transportOnly, hostsOnly, cliOnly),
  },
  {
    files: ['src/cli/**/*.ts', 'src/index.ts'],
    rules: forbid(transportOnly, hostsOnly, operations),
  },
  {
    files: ['src/{transport,hosts,ops}/**/*.ts'],
    rules: {
      'no-console': 'error',
      'no-restricted-globals': [
        'error',
        { name: 'process', message: 'Only src/cli may touch process.' },
      ],
    },
  },
  { files: ['*.config.*'], rules: { 'no-restricted-exports': 'off' } },
);
