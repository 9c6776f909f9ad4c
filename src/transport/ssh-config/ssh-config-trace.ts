// Finds out what an answer of `ssh -G` depends on, so that it can be kept until one of these things changes.
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { includedPattern } from './ssh-config-file.ts';
import { globFiles } from './ssh-config-glob.ts';
import { readConfigLine, type ConfigLine } from './ssh-config-line.ts';
import type { Variables } from './ssh-tokens.ts';

/** Everything that an answer depends on besides the arguments. */
export interface ConfigSources {
  /** Files and their state, those that do not exist among them. */
  readonly files: Readonly<Record<string, string>>;
  /** Patterns of Include, and the files that they named. */
  readonly patterns: Readonly<Record<string, readonly string[]>>;
  /** Names of environment variables that ssh puts in, and a hash of each value. */
  readonly variables: Readonly<Record<string, string>>;
}

/** Where OpenSSH looks for the system's part when the file that it names is not there yet. */
const usualSystemFile = '/etc/ssh/ssh_config';

/**
 * Follows a configuration as ssh does, from the files that ssh says it has read.
 * Undefined when the answer may change although no file does, or when occ reads the files otherwise than ssh did.
 */
export async function traceSources(
  configFile: string | undefined,
  read: readonly string[],
  env: Variables,
): Promise<ConfigSources | undefined> {
  const tracer = new Tracer(env);
  await tracer.follow(configFile ?? `${userInfo().homedir}/.ssh/config`, undefined);
  const systemFile = read.find((file) => !tracer.found.has(file)) ?? usualSystemFile;
  if (configFile === undefined) await tracer.follow(systemFile, systemFile);
  const agrees =
    tracer.found.size === new Set(read).size && read.every((file) => tracer.found.has(file));
  return agrees && !tracer.isVolatile ? tracer.sources : undefined;
}

/** Whether everything is still as it was. */
export async function isUnchanged(sources: ConfigSources, env: Variables): Promise<boolean> {
  const { files, patterns, variables } = sources;
  if (Object.entries(variables).some(([name, hash]) => variableHash(env[name]) !== hash))
    return false;
  const checks = [
    ...Object.entries(files).map(async ([file, state]) => (await fileState(file)) === state),
    ...Object.entries(patterns).map(async ([pattern, named]) =>
      sameList(await globFiles(pattern), named),
    ),
  ];
  return (await Promise.all(checks)).every(Boolean);
}

/** What tells a changed file: who it is, its size, and when it or its owner and mode were changed last. */
export async function fileState(file: string): Promise<string> {
  return stat(file, { bigint: true }).then(
    ({ dev, ino, size, mtimeNs, ctimeNs }) => [dev, ino, size, mtimeNs, ctimeNs].join(' '),
    () => 'absent',
  );
}

class Tracer {
  /** Files that are there. */
  readonly found = new Set<string>();
  isVolatile = false;
  readonly #files: Record<string, string> = {};
  readonly #patterns: Record<string, readonly string[]> = {};
  readonly #variables: Record<string, string> = {};
  readonly #env: Variables;

  constructor(env: Variables) {
    this.#env = env;
  }

  get sources(): ConfigSources {
    return { files: this.#files, patterns: this.#patterns, variables: this.#variables };
  }

  /** Follows a file and what it includes. `systemFile` is set for the system's part. */
  async follow(file: string, systemFile: string | undefined): Promise<void> {
    if (Object.hasOwn(this.#files, file)) return;
    // The state is taken before the text, so that a change in between is seen later on.
    this.#files[file] = await fileState(file);
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text === undefined) return;
    this.found.add(file);
    for (const raw of text.split('\n')) {
      const line = safely(raw);
      if (line) await this.#take(line, systemFile);
    }
  }

  async #take(line: ConfigLine, systemFile: string | undefined): Promise<void> {
    const { keyword, args, rest } = line;
    if (keyword === 'match' && /\b(exec|localnetwork)\b/i.test(rest)) this.isVolatile = true;
    // What these hold is left to a shell.
    if (!keyword.endsWith('command')) this.#noteVariables(rest);
    if (keyword !== 'include') return;
    for (const pattern of args) await this.#include(pattern, systemFile);
  }

  async #include(pattern: string, systemFile: string | undefined): Promise<void> {
    // A pattern that depends on the host or the environment could name anything.
    if (pattern === '' || /%|\$\{|^~[^/]/.test(pattern)) {
      this.isVolatile = true;
      return;
    }
    const absolute = includedPattern(pattern, userInfo().homedir, systemFile);
    const named = await globFiles(absolute);
    this.#patterns[absolute] = named;
    for (const each of named) await this.follow(each, systemFile);
  }

  #noteVariables(text: string): void {
    for (const [, name = ''] of text.matchAll(/\$\{?([A-Za-z_]\w*)/g)) {
      this.#variables[name] = variableHash(this.#env[name]);
    }
  }
}

/** What occ cannot read has been read by ssh: it has no Include, or the lists of files differ. */
function safely(raw: string): ConfigLine | undefined {
  try {
    return readConfigLine(raw);
  } catch {
    return undefined;
  }
}

function variableHash(value: string | undefined): string {
  return value === undefined ? 'unset' : createHash('sha256').update(value).digest('hex');
}

function sameList(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((each, index) => each === other[index]);
}
