// Which source host.import reads, and what the inventory makes of the hosts that it finds.
import { homedir } from 'node:os';
import { join } from 'node:path';
import { ZodError } from 'zod';
import { UsageError } from '../../errors.ts';
import { ansibleHostsFile, readAnsibleHosts } from '../../hosts/import-ansible.ts';
import { readDockerContexts } from '../../hosts/import-docker.ts';
import type { FoundHost, FoundHosts, SkippedHost } from '../../hosts/import-source.ts';
import { readSshHosts } from '../../hosts/import-ssh.ts';
import { storedPath, storedSshConfig } from '../../hosts/inventory-path.ts';
import { hostSchema, namePattern } from '../../hosts/inventory-schema.ts';
import { localHost } from '../../hosts/local-host.ts';
import { messageOf } from '../../thrown.ts';
import { textOf } from '../../transport/command.ts';
import { run, type Runner } from '../../transport/run.ts';
import { matchesPattern } from '../../transport/ssh-config/ssh-config-pattern.ts';
import { parseAddress } from '../../transport/ssh/ssh-target.ts';
import type { HostEntry, NewHost } from './new-host.ts';

/** Tools that hosts are imported from. */
export const importSources = ['ssh', 'ansible', 'docker'] as const;

/** A tool that hosts are imported from. */
export type ImportSource = (typeof importSources)[number];

/**
 * Reads what the tool knows.
 * @param here - this machine
 */
export async function readHosts(
  from: ImportSource,
  file: string | undefined,
  here: () => Promise<Runner>,
): Promise<FoundHosts> {
  if (from === 'ssh') return readSshHosts(file);
  if (from === 'ansible') return readAnsibleHosts(file ?? ansibleHostsFile);
  return readDockerContexts(file ?? (await dockerDirectory(await here())));
}

/** Where docker has its contexts: DOCKER_CONFIG, else `~/.docker`. */
async function dockerDirectory(here: Runner): Promise<string> {
  const named = await run(here, {
    argv: ['sh', '-c', 'printf %s "${DOCKER_CONFIG-}"'],
    purpose: 'find the configuration of docker',
    timeoutMs: 10_000,
    parse: textOf,
  });
  return named === '' ? join(homedir(), '.docker') : named;
}

/**
 * Those whose names match one of the patterns; a pattern that starts with `!` takes away.
 * @throws UsageError when a pattern matches nothing
 */
export function matching(found: FoundHosts, patterns: readonly string[]): FoundHosts {
  const wanted = patterns.filter((pattern) => !pattern.startsWith('!'));
  const unwanted = patterns
    .filter((pattern) => pattern.startsWith('!'))
    .map((each) => each.slice(1));
  const names = [...found.hosts, ...found.skipped].map(({ name }) => name);
  const idle = wanted.find((pattern) => !names.some((name) => matchesPattern(name, pattern)));
  if (idle !== undefined) throw noMatch(idle, found.source, names);
  const counts = ({ name }: { readonly name: string }): boolean =>
    (wanted.length === 0 || wanted.some((pattern) => matchesPattern(name, pattern))) &&
    !unwanted.some((pattern) => matchesPattern(name, pattern));
  return { ...found, hosts: found.hosts.filter(counts), skipped: found.skipped.filter(counts) };
}

function noMatch(pattern: string, source: string, names: readonly string[]): UsageError {
  const some = names.slice(0, 10).join(', ');
  const hint =
    names.length === 0
      ? `${source} names no hosts; name another file with --file`
      : `There are: ${some}${names.length > 10 ? `, and ${names.length - 10} more` : ''}`;
  return new UsageError(`No host in ${source} matches "${pattern}"`, { hint });
}

/** A host for the inventory, and what is not taken over. */
export interface Proposal extends NewHost {
  readonly remarks: readonly string[];
}

/** What the inventory would have, or why it cannot have it. `inventoryFile`: what its paths are relative to. */
export function proposalOf(
  host: FoundHost,
  groups: readonly string[],
  inventoryFile: string,
): Proposal | SkippedHost {
  if (host.name === localHost)
    return { name: localHost, reason: 'that is the name of this machine' };
  try {
    const name = validName(host.name);
    const address = host.address ?? host.name;
    const place = parseAddress(address, name);
    if (host.address === undefined && place.host !== host.name) {
      return { name: host.name, reason: `ssh reads it as the host ${place.host}` };
    }
    const inGroups = [...new Set([...host.groups, ...groups].map((group) => validName(group)))];
    const entry: HostEntry = {
      ...(address !== name && { address }),
      ...storedSettings(host.settings, inventoryFile),
      ...(inGroups.length > 0 && { groups: inGroups }),
    };
    hostSchema.parse(entry);
    return { name, entry, remarks: host.remarks };
  } catch (error) {
    return { name: host.name, reason: reasonOf(error) };
  }
}

function storedSettings(settings: FoundHost['settings'], inventoryFile: string): HostEntry {
  const { ssh_config, identity_file } = settings;
  return {
    ...settings,
    ...(ssh_config && { ssh_config: storedSshConfig(ssh_config, inventoryFile) }),
    ...(identity_file && { identity_file: storedPath(identity_file, inventoryFile) }),
  };
}

function reasonOf(error: unknown): string {
  if (!(error instanceof ZodError)) return messageOf(error);
  const [issue] = error.issues;
  return `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'it is not valid'}`;
}

/**
 * Other tools allow more in names of hosts and groups than the inventory does.
 * @throws Error when nothing is left
 */
function validName(text: string): string {
  const name = text
    .replaceAll(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 63);
  if (!namePattern.test(name)) throw new Error(`“${text}” cannot be a name in the inventory`);
  return name;
}
