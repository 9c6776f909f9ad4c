// Reads an OpenSSH client configuration where there is no ssh that could be asked: a subset, which knows its limits.
import { messageOf } from '../../thrown.ts';
import { algorithmDefaults } from './ssh-config-algorithms.ts';
import type { PrintedConfig } from './ssh-config-ask.ts';
import { withDefaults, type ConfigDefaults } from './ssh-config-keywords.ts';
import { SubsetError, SubsetReader, type SubsetRequest } from './ssh-config-subset-reader.ts';

/** Where the system's part is, and what holds by default. */
export interface SubsetSystem {
  readonly systemFile?: string;
  readonly defaults?: ConfigDefaults;
}

/** Keys that OpenSSH 9.2 looks for. */
const identityNames = ['rsa', 'ecdsa', 'ecdsa_sk', 'ed25519', 'ed25519_sk', 'xmss', 'dsa'];

const ownDefaults: ConfigDefaults = {
  ...algorithmDefaults,
  identityfile: identityNames.map((name) => `~/.ssh/id_${name}`),
  requiredrsasize: '1024',
};

/**
 * Resolves a configuration as OpenSSH 9.2 does (ssh_config(5)). The result has the form of `ssh -G`; nothing is expanded.
 *
 * Supported: `~/.ssh/config` and `/etc/ssh/ssh_config`, or the one file given; Host with patterns and negation; Match
 * all, host, originalhost, user, localuser, tagged, final and canonical; Include with patterns; every keyword that occ
 * acts on. Other keywords of OpenSSH are skipped, unknown ones are errors unless IgnoreUnknown names them.
 * Not supported, and an error where it would count: Match exec, localnetwork, version, command and sessiontype,
 * CanonicalizeHostname, CanonicalizePermittedCNAMEs, tokens and variables in Include.
 * @throws SubsetError
 */
export async function readConfigSubset(
  request: SubsetRequest,
  { systemFile = '/etc/ssh/ssh_config', defaults = ownDefaults }: SubsetSystem = {},
): Promise<PrintedConfig> {
  const reader = new SubsetReader(request, systemFile);
  const values = await reader.resolve().catch((error: unknown) => {
    throw error instanceof SubsetError ? error : new SubsetError(messageOf(error), error);
  });
  const lines = [...withDefaults(values, defaults)].flatMap(([key, list]) =>
    list.map((value) => `${key} ${value}\n`),
  );
  return { text: lines.join(''), source: 'subset', version: undefined, files: reader.files };
}
