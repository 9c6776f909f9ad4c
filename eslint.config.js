import { defineConfig } from 'eslint/config';
import tsdoc from 'eslint-plugin-tsdoc';
import tseslint from 'typescript-eslint';

/**
 * The folder direction: cli → ops → hosts → transport → leaves. An import may only point to the right.
 * @param {string[]} folders folders that must not be imported
 * @param {{ name: string, message: string }[]} [paths] packages that must not be imported
 * @returns {['error', object]}
 */
const forbid = (folders, paths = []) => [
  'error',
  {
    patterns: folders.map((folder) => ({
      regex: `^(\\.{1,2}/)+(.*/)?${folder}/`,
      message: `Imports point cli → ops → hosts → transport → leaves, so this folder may not import ${folder}/.`,
    })),
    paths,
  },
];

/** @param {string} owner @param {string[]} names */
const ownedBy = (owner, names) =>
  names.map((name) => ({ name, message: `Only ${owner} may import ${name}.` }));

const transportOnly = ownedBy('src/transport', [
  'ssh2',
  'node:child_process',
  'node:net',
  'child_process',
  'net',
]);
const hostsOnly = ownedBy('src/hosts', ['dockerode', 'docker-modem', 'yaml', 'keytar']);
const cliOnly = ownedBy('src/cli', ['cac', 'node:readline', 'node:readline/promises', 'node:tty']);

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
    rules: { 'no-restricted-imports': forbid(['transport', 'hosts', 'ops', 'cli']) },
  },
  {
    files: ['src/transport/**/*.ts'],
    rules: {
      'no-restricted-imports': forbid(['hosts', 'ops', 'cli'], [...hostsOnly, ...cliOnly]),
    },
  },
  {
    files: ['src/hosts/**/*.ts'],
    rules: {
      'no-restricted-imports': forbid(['ops', 'cli'], [...transportOnly, ...cliOnly]),
    },
  },
  {
    files: ['src/ops/**/*.ts'],
    rules: {
      'no-restricted-imports': forbid(['cli'], [...transportOnly, ...hostsOnly, ...cliOnly]),
    },
  },
  {
    files: ['src/cli/**/*.ts'],
    rules: { 'no-restricted-imports': forbid([], [...transportOnly, ...hostsOnly]) },
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
