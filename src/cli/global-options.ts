// The options that every command takes. Same shape as the generated ones, so parsing, help and docs treat them alike.
import type { ManifestOption } from './manifest-types.ts';

/** In the order that help shows them. */
export const globalOptions = [
  {
    key: 'host',
    flag: 'host',
    type: 'list',
    description: 'Hosts: names, globs, @group, !exclude; comma separated',
  },
  { key: 'all', flag: 'all', type: 'boolean', description: 'Every host of the inventory' },
  { key: 'local', flag: 'local', type: 'boolean', description: 'This machine' },
  { key: 'inventory', flag: 'inventory', type: 'string', description: 'Inventory file to use' },
  {
    key: 'parallel',
    flag: 'parallel',
    type: 'integer',
    description: 'Most hosts worked on at once',
  },
  {
    key: 'timeout',
    flag: 'timeout',
    type: 'integer',
    description: 'Seconds that each host may take',
  },
  {
    key: 'dry_run',
    flag: 'dry-run',
    type: 'boolean',
    description: 'Show the plan, change nothing',
  },
  { key: 'yes', flag: 'yes', type: 'boolean', description: 'Do not ask for confirmation' },
  {
    key: 'json',
    flag: 'json',
    type: 'boolean',
    description: 'JSON on standard output (JSON Lines for commands that stream)',
  },
  {
    key: 'quiet',
    flag: 'quiet',
    short: 'q',
    type: 'boolean',
    description: 'No progress, only results, warnings and errors',
  },
  {
    key: 'verbose',
    flag: 'verbose',
    short: 'v',
    type: 'boolean',
    description: 'Show the causes of errors',
  },
  {
    key: 'color',
    flag: 'color',
    type: 'boolean',
    default: true,
    description: 'Colours on a terminal, unless NO_COLOR is in the environment',
  },
  { key: 'version', flag: 'version', short: 'V', type: 'boolean', description: 'Show the version' },
  { key: 'help', flag: 'help', short: 'h', type: 'boolean', description: 'Show help' },
] as const satisfies readonly ManifestOption[];

/** The global options of one command line. */
export interface GlobalOptions {
  /** Selectors as given. Empty: none was given. */
  readonly host: readonly string[];
  readonly all: boolean;
  readonly local: boolean;
  readonly inventory?: string | undefined;
  readonly parallel?: number | undefined;
  /** Seconds. */
  readonly timeout?: number | undefined;
  readonly dryRun: boolean;
  readonly yes: boolean;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly color: boolean;
}
