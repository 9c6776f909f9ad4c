// Which host keys a master trusts: as occ does for its own connections, in the options of ssh.
import { writeFile } from 'node:fs/promises';
import { linesOf } from '../host-keys/known-hosts.ts';
import { ownKnownHostsFile, readKnownHosts } from '../host-keys/known-hosts-store.ts';
import { isSince, type OpenSshVersion } from './openssh-version.ts';
import type { SshConfig } from '../ssh-config/ssh-config.ts';
import { algorithmsForPins, parsePins, pinTextOf, type PinnedKey } from '../host-keys/ssh-pins.ts';
import type { SshTarget } from '../ssh/ssh-target.ts';

/** What decides. */
export interface HostKeyTrust {
  readonly target: Pick<SshTarget, 'host' | 'pinnedHostKeys'>;
  readonly config: Pick<
    SshConfig,
    | 'userKnownHostsFiles'
    | 'globalKnownHostsFiles'
    | 'strictHostKeyChecking'
    | 'hostKeyAlgorithms'
    | 'keyName'
  >;
  readonly stateDir: string;
  /** Where pins are written for ssh, owner-only. */
  readonly pinFile: string;
  readonly version: OpenSshVersion | undefined;
}

/** Always: a key is kept under its name alone, and every host is verified. */
const always = ['CheckHostIP=no', 'NoHostAuthenticationForLocalhost=no'];

/**
 * The options, as `Name=value`. Keys that are accepted now are added to occ's own known_hosts.
 * @throws ConnectError `config` for a pin that is no key
 */
export async function hostKeyOptions(trust: HostKeyTrust): Promise<string[]> {
  const pins = parsePins(trust.target.pinnedHostKeys, trust.target.host);
  return [...always, ...(pins === undefined ? await known(trust) : await pinned(trust, pins))];
}

async function known(trust: HostKeyTrust): Promise<string[]> {
  const files = [ownKnownHostsFile(trust.stateDir), ...trust.config.userKnownHostsFiles];
  return [
    `UserKnownHostsFile=${fileList(files, trust.version)}`,
    `StrictHostKeyChecking=${await strictness(trust, files)}`,
  ];
}

/**
 * A key is taken unasked for a host alone that has none: ssh would also take a key of another type than the known ones,
 * by which somebody in between gets around them. With `no`, it would even go on with a changed key.
 */
async function strictness({ config, version }: HostKeyTrust, files: string[]): Promise<string> {
  const { strictHostKeyChecking: strict, keyName, globalKnownHostsFiles } = config;
  // `UserKnownHostsFile none` lets ssh learn no key; the file that occ adds would.
  if (config.userKnownHostsFiles.length === 0) return 'yes';
  if (strict !== 'no' && strict !== 'accept-new') return strict;
  const lines = await readKnownHosts([...files, ...globalKnownHostsFiles]);
  const isKnown = linesOf(lines, { name: keyName.name, bareName: undefined }).length > 0;
  return !isKnown && isSince(version, 7, 6) ? 'accept-new' : 'yes';
}

/** Pins stand for all names, as the file is for one server; what is revoked anywhere stays so. */
async function pinned(trust: HostKeyTrust, pins: readonly PinnedKey[]): Promise<string[]> {
  const { config, stateDir, pinFile, version } = trust;
  const { userKnownHostsFiles, globalKnownHostsFiles } = config;
  const files = [ownKnownHostsFile(stateDir), ...userKnownHostsFiles, ...globalKnownHostsFiles];
  const revoked = (await readKnownHosts(files)).filter(({ marker }) => marker === 'revoked');
  const lines = [
    ...pins.map(({ key }) => `* ${pinTextOf(key)}`),
    ...revoked.map(({ hosts, key }) => `@revoked ${hosts} ${pinTextOf(key)}`),
  ];
  await writeFile(pinFile, `${lines.join('\n')}\n`, { mode: 0o600 });
  const algorithms = algorithmsForPins(config.hostKeyAlgorithms, pins);
  return [
    `UserKnownHostsFile=${fileList([pinFile], version)}`,
    'GlobalKnownHostsFile=/dev/null',
    'StrictHostKeyChecking=yes',
    'VerifyHostKeyDNS=no',
    ...(isSince(version, 8, 5) ? ['KnownHostsCommand=none'] : []),
    ...(algorithms.length === 0 ? [] : [`HostKeyAlgorithms=${algorithms.join(',')}`]),
  ];
}

/** Since 8.7 a backslash stands before a quote in a file name; before, there is no way to write one. */
function fileList(files: readonly string[], version: OpenSshVersion | undefined): string {
  const hasEscapes = isSince(version, 8, 7);
  return files
    .filter((file) => !/[\n\r]/.test(file) && (hasEscapes || !file.includes('"')))
    .map((file) => (hasEscapes ? file.replace(/["\\]/g, '\\$&') : file))
    .map((file) => `"${file.replaceAll('%', '%%')}"`)
    .join(' ');
}
