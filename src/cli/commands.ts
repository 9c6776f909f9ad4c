// Finds the command that words name. Noun and verb are joined here, before cac sees them: cac matches one word only.
import { UsageError } from '../errors.ts';
import { suggest } from '../suggest.ts';
import { wordsOf, type ManifestCommand } from './manifest-types.ts';

/** What the first words name. */
export type Match =
  | { readonly kind: 'command'; readonly command: ManifestCommand; readonly used: number }
  /** A noun without a verb, or nothing at all (`noun` is then empty). */
  | { readonly kind: 'noun'; readonly noun: string; readonly commands: readonly ManifestCommand[] };

/**
 * Reads the longest command name from the start of the words.
 * @throws UsageError for a word that is neither command nor noun, with near names
 */
export function matchCommand(
  words: readonly string[],
  commands: readonly ManifestCommand[],
): Match {
  const depth = Math.max(0, ...commands.map((command) => wordsOf(command).split(' ').length));
  for (let used = Math.min(depth, words.length); used > 0; used -= 1) {
    const name = words.slice(0, used).join(' ');
    const command = commands.find((candidate) => wordsOf(candidate) === name);
    if (command) return { kind: 'command', command, used };
    const inNoun = commandsOf(name, commands);
    if (inNoun.length === 0) continue;
    const verb = words[used];
    if (verb !== undefined) throw unknownVerb(name, verb, inNoun);
    return { kind: 'noun', noun: name, commands: inNoun };
  }
  const first = words[0];
  if (first !== undefined) throw unknownCommand(first, commands);
  return { kind: 'noun', noun: '', commands };
}

/** The commands under a noun. */
function commandsOf(
  noun: string,
  commands: readonly ManifestCommand[],
): readonly ManifestCommand[] {
  return commands.filter((command) => wordsOf(command).startsWith(`${noun} `));
}

function unknownVerb(noun: string, verb: string, commands: readonly ManifestCommand[]): UsageError {
  const verbs = commands.map((command) => wordsOf(command).slice(noun.length + 1));
  const near = suggest(verb, verbs);
  const hint =
    near.length > 0
      ? `Did you mean ${near.map((name) => `occ ${noun} ${name}`).join(' or ')}?`
      : `occ ${noun} knows ${verbs.join(', ')}`;
  return new UsageError(`Unknown command "${noun} ${verb}"`, { hint });
}

function unknownCommand(word: string, commands: readonly ManifestCommand[]): UsageError {
  const names = new Set(commands.flatMap((command) => [wordsOf(command).split(' ')[0] ?? '']));
  const near = suggest(word, [...names, 'help']);
  const hint =
    near.length > 0
      ? `Did you mean ${near.map((name) => `occ ${name}`).join(' or ')}?`
      : 'See the commands with occ --help';
  return new UsageError(`Unknown command "${word}"`, { hint });
}
