// Reads the host names of an OpenSSH client configuration and the files that it includes.
import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { includedPattern } from '../transport/ssh-config/ssh-config-file.ts';
import { globFiles } from '../transport/ssh-config/ssh-config-glob.ts';
import { readConfigLine, type ConfigLine } from '../transport/ssh-config/ssh-config-line.ts';
import { readSource } from './import-file.ts';
import type { FoundHosts } from './import-source.ts';

const systemFile = '/etc/ssh/ssh_config';

/**
 * Reads the concrete names of Host lines: no patterns, and nothing that they say of a host. ssh goes on deciding that.
 * @throws UsageError when the file that is named cannot be read
 */
export async function readSshHosts(configFile: string | undefined): Promise<FoundHosts> {
  const source = configFile ?? join(userInfo().homedir, '.ssh/config');
  const hint = 'Name the file itself';
  const reader = new NameReader();
  if (configFile === undefined) {
    await reader.follow(source, undefined);
    await reader.follow(systemFile, systemFile);
  } else {
    await reader.read(await readSource(configFile, hint), undefined);
  }
  const settings = configFile === undefined ? {} : { ssh_config: configFile };
  const hosts = [...reader.names].map((name) => ({ name, groups: [], settings, remarks: [] }));
  return { source, hosts, skipped: [] };
}

class NameReader {
  readonly names = new Set<string>();
  readonly #followed = new Set<string>();

  /** A file that is not there, or not for this user, has no names. */
  async follow(file: string, system: string | undefined): Promise<void> {
    if (this.#followed.has(file)) return;
    this.#followed.add(file);
    await this.read(await readFile(file, 'utf8').catch(() => ''), system);
  }

  async read(text: string, system: string | undefined): Promise<void> {
    for (const raw of text.split('\n')) {
      const line = lineOf(raw);
      if (line?.keyword === 'host') this.#take(line.args);
      if (line?.keyword === 'include') await this.#include(line.args, system);
    }
  }

  #take(patterns: readonly string[]): void {
    for (const name of patterns) if (!/[*?!]/.test(name)) this.names.add(name);
  }

  async #include(patterns: readonly string[], system: string | undefined): Promise<void> {
    for (const pattern of patterns) {
      for (const file of await filesOf(pattern, system)) await this.follow(file, system);
    }
  }
}

/** ssh says what is wrong with a line when it is used. */
function lineOf(raw: string): ConfigLine | undefined {
  try {
    return readConfigLine(raw);
  } catch {
    return undefined;
  }
}

/** Which files a pattern with tokens or variables names, depends on the host. */
async function filesOf(pattern: string, system: string | undefined): Promise<string[]> {
  try {
    return await globFiles(includedPattern(pattern, userInfo().homedir, system));
  } catch {
    return [];
  }
}
