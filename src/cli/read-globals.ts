// The global options of a command line as typed values.
import { UsageError } from '../errors.ts';
import type { Collected } from './cac-bridge.ts';
import { globalOptions, type GlobalOptions } from './global-options.ts';
import { readOptions } from './read-fields.ts';

/**
 * Reads the options that every command takes.
 * @throws UsageError when they contradict each other or are out of range
 */
export function readGlobals(collected: Collected): GlobalOptions {
  const given = readOptions(globalOptions, collected);
  const is = (key: string) => given[key] === true;
  return {
    host: (given['host'] ?? []) as readonly string[],
    all: is('all'),
    local: is('local'),
    inventory: textOption(given, 'inventory'),
    parallel: positive(given, 'parallel'),
    timeout: positive(given, 'timeout'),
    dryRun: is('dry_run'),
    yes: is('yes'),
    json: is('json'),
    quiet: is('quiet'),
    verbose: is('verbose'),
    color: given['color'] !== false,
  };
}

function textOption(given: Readonly<Record<string, unknown>>, key: string): string | undefined {
  const value = given[key];
  if (value === '') throw new UsageError(`--${key} needs a value`);
  return typeof value === 'string' ? value : undefined;
}

function positive(given: Readonly<Record<string, unknown>>, key: string): number | undefined {
  const value = given[key];
  if (typeof value !== 'number') return undefined;
  if (value < 1) throw new UsageError(`--${key} must be at least 1, got ${value}`);
  return value;
}
