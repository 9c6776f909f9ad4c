// The shape of the generated manifest: what parsing and help need to know of a command, as plain data.
import type { Effect, Example } from '../ops/operation.ts';

/** How a word of the command line becomes a value. A `list` is a list of strings. */
export type ValueType = 'string' | 'integer' | 'boolean' | 'list';

/** What an option and a positional have in common. */
export interface ManifestField {
  /** Key in the operation's input: `bind_address`. */
  readonly key: string;
  readonly type: ValueType;
  readonly description: string;
  /** Plain data; left out when there is none. */
  readonly default?: string | number | boolean | readonly string[];
  /** The only values allowed. */
  readonly choices?: readonly string[];
}

/** `--flag`, given anywhere after the command. */
export interface ManifestOption extends ManifestField {
  /** Without its dashes: `bind-address`. */
  readonly flag: string;
  /** One letter, without its dash. */
  readonly short?: string;
  readonly required?: boolean;
}

/** A value given by its place. */
export interface ManifestPositional extends ManifestField {
  readonly required: boolean;
}

/** One command: an operation without its code. */
export interface ManifestCommand {
  /** Name of the operation: `user.add`. */
  readonly name: string;
  readonly summary: string;
  readonly description?: string;
  readonly examples: readonly Example[];
  readonly effect: Effect;
  readonly scope: 'host' | 'inventory';
  readonly streams: boolean;
  readonly positionals: readonly ManifestPositional[];
  readonly options: readonly ManifestOption[];
}

/** The words that a person types for an operation: `user add`. */
export function wordsOf(command: { readonly name: string }): string {
  return command.name.replaceAll('.', ' ');
}
