// argv → what to do. Pure: nothing is read but the manifest, nothing is printed, and every mistake is a UsageError.
import { UsageError } from '../errors.ts';
import { isOption, tokenize, type Token } from './argv.ts';
import { collect } from './cac-bridge.ts';
import { matchCommand } from './commands.ts';
import { globalOptions, type GlobalOptions } from './global-options.ts';
import { readOptions, readPositionals } from './read-fields.ts';
import { readGlobals } from './read-globals.ts';
import { wordsOf, type ManifestCommand, type ManifestOption } from './manifest-types.ts';

/** What a command line asks for. */
export type Invocation =
  | { readonly kind: 'version' }
  /** Help on a command, on the verbs of a noun, or (empty noun) on everything. */
  | { readonly kind: 'help'; readonly command: ManifestCommand }
  | { readonly kind: 'help'; readonly noun: string; readonly commands: readonly ManifestCommand[] }
  /** No command at all. */
  | { readonly kind: 'bare'; readonly globals: GlobalOptions }
  | {
      readonly kind: 'command';
      readonly command: ManifestCommand;
      readonly globals: GlobalOptions;
      /** Not yet checked by the operation's schema; what was not given is left out. */
      readonly input: Readonly<Record<string, unknown>>;
    };

const bareCommand: ManifestCommand = {
  name: 'occ',
  summary: '',
  examples: [],
  effect: 'read',
  scope: 'host',
  streams: false,
  positionals: [],
  options: [],
};

/**
 * Reads a command line.
 * @param argv - the words after the program's name
 * @throws UsageError
 */
export function parse(argv: readonly string[], commands: readonly ManifestCommand[]): Invocation {
  const tokens = withHelp('occ', () => tokenize(argv, (words) => optionsAfter(words, commands)));
  const words = tokens.flatMap((token) => (token.kind === 'word' ? [token.text] : []));
  if (isSet(tokens, 'help')) return helpOn(words, commands);
  if (isSet(tokens, 'version')) return { kind: 'version' };
  if (words[0] === 'help') return helpOn(words.slice(1), commands);
  const match = matchCommand(words, commands);
  if (match.kind === 'command') return readCommand(match.command, match.used, tokens);
  if (match.noun === '') {
    const collected = collect(bareCommand, globalOptions, tokens);
    return withHelp('occ', () => ({ kind: 'bare', globals: readGlobals(collected) }));
  }
  const verbs = match.commands.map((command) => wordsOf(command).slice(match.noun.length + 1));
  throw new UsageError(`occ ${match.noun} needs a verb: ${verbs.join(', ')}`, {
    hint: `See occ ${match.noun} --help`,
  });
}

/** Whether `--json` was asked for; works on command lines that do not parse. */
export function asksForJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  const options = (end === -1 ? argv : argv.slice(0, end)).filter(isOption);
  return options.includes('--json') || options.includes('--json=true');
}

function optionsAfter(
  words: readonly string[],
  commands: readonly ManifestCommand[],
): readonly ManifestOption[] {
  if (words.length === 0 || words[0] === 'help') return globalOptions;
  const match = matchCommand(words, commands);
  return match.kind === 'command' ? [...match.command.options, ...globalOptions] : globalOptions;
}

function isSet(tokens: readonly Token[], key: string): boolean {
  return tokens.some(
    (token) => token.kind === 'option' && token.option.key === key && token.value === true,
  );
}

function helpOn(words: readonly string[], commands: readonly ManifestCommand[]): Invocation {
  const match = matchCommand(words[0] === 'help' ? words.slice(1) : words, commands);
  if (match.kind === 'command') return { kind: 'help', command: match.command };
  return { kind: 'help', noun: match.noun, commands: match.commands };
}

function readCommand(command: ManifestCommand, used: number, tokens: readonly Token[]): Invocation {
  const words = tokens.filter((token) => token.kind === 'word').slice(used);
  const options = tokens.filter((token) => token.kind === 'option');
  const known = [...command.options, ...globalOptions];
  const collected = collect(command, known, [...words, ...options]);
  return withHelp(`occ ${wordsOf(command)}`, () => ({
    kind: 'command',
    command,
    globals: readGlobals(collected),
    input: { ...readOptions(command.options, collected), ...readPositionals(command, collected) },
  }));
}

/** A mistake that has no better remedy than the help leads there. */
function withHelp<T>(command: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof UsageError) || error.hint !== undefined) throw error;
    throw new UsageError(error.message, { hint: `See ${command} --help`, cause: error });
  }
}
