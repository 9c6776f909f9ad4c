// Puts the program into few files: opening 500 small ones took most of the time that a command needs to start.
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { repository } from './dirs.mjs';

/** Stays outside: it has a native part, which npm builds where it installs. */
const outside = [/^ssh2(?:\/|$)/, /^keytar$/];

/** Parts of libraries that occ never calls, and that cost a third of the start: gRPC for BuildKit, a second SSH client. */
const unused = new Map([
  ['dockerode', ['./session', './buildkit']],
  ['docker-modem', ['./ssh']],
]);

const nothing = '\0nothing';

/** @type {import('rolldown').Plugin} */
const leaveOut = {
  name: 'leave-out',
  resolveId(source, importer) {
    if (source === nothing) return nothing;
    const library = libraryOf(importer ?? '');
    return library !== undefined && unused.get(library)?.includes(source) === true
      ? nothing
      : undefined;
  },
  load: (id) =>
    id === nothing
      ? 'module.exports = () => { throw new Error("left out of the build of occ"); };'
      : undefined,
};

/**
 * Writes the entries of the program, and beside them what they share. A library is a file of its own, named after it.
 * @param {string} dist
 * @returns {Promise<string[]>} directories of the packages that are in it
 */
export async function bundle(dist) {
  const build = await rolldown({
    input: {
      index: join(repository, 'src/index.ts'),
      'cli/main': join(repository, 'src/cli/main.ts'),
    },
    external: outside,
    platform: 'node',
    plugins: [leaveOut],
    transform: { target: 'node20.19' },
  });
  const { output } = await build.write({
    dir: dist,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
    codeSplitting: { groups: [{ name: chunkOf, debugName: 'libraries', test: /node_modules/ }] },
  });
  await build.close();
  const modules = output.flatMap((part) => (part.type === 'chunk' ? part.moduleIds : []));
  return [...new Set(modules.map(packageOf).filter((directory) => directory !== undefined))].sort();
}

/** @param {string} file */
function chunkOf(file) {
  return `libraries/${(libraryOf(file) ?? 'other').replace('/', '-')}`;
}

/** @param {string} file */
function packageOf(file) {
  return /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1];
}

/** @param {string} file @returns {string | undefined} */
function libraryOf(file) {
  return packageOf(file)?.replace(/^.*\/node_modules\//, '');
}
