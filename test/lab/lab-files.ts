// The files that a lab hands to its users: keys, known_hosts, an ssh configuration, and lab.json that names them.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../scripts/lib/run.mjs';
import type { Lab, LabHost } from './lab-hosts.ts';

/** An ed25519 key pair in OpenSSH's formats. */
export interface KeyPair {
  readonly privateKey: string;
  readonly publicKey: string;
  /** `SHA256:…` */
  readonly fingerprint: string;
  /** Path of the private key, owner-only. */
  readonly file: string;
}

/** Makes a key without a passphrase. */
export async function makeKey(directory: string, name: string): Promise<KeyPair> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const file = join(directory, name);
  // Left by a boot that failed.
  await Promise.all([file, `${file}.pub`].map((old) => rm(old, { force: true })));
  await run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', file]);
  return readKey(directory, name);
}

/** Reads a key that {@link makeKey} has made. */
export async function readKey(directory: string, name: string): Promise<KeyPair> {
  const file = join(directory, name);
  const [privateKey, publicKey, listed] = await Promise.all([
    readFile(file, 'utf8'),
    readFile(`${file}.pub`, 'utf8'),
    run(['ssh-keygen', '-l', '-E', 'sha256', '-f', `${file}.pub`]),
  ]);
  // `256 SHA256:… comment (ED25519)`
  const fingerprint = listed.split(' ')[1] ?? '';
  return { privateKey, publicKey: publicKey.trim(), fingerprint, file };
}

/** Where the host keys of a set's machines are, each called as its machine. */
export function hostKeyDirectory(directory: string): string {
  return join(directory, 'host-keys');
}

/** Writes known_hosts, ssh_config and lab.json, and answers what lab.json says. */
export async function writeLabFiles(directory: string, hosts: readonly LabHost[]): Promise<Lab> {
  const knownHostsFile = join(directory, 'known_hosts');
  const sshConfigFile = join(directory, 'ssh_config');
  const lab: Lab = { hosts, knownHostsFile, sshConfigFile };
  const keys = await Promise.all(
    hosts.map((host) => readKey(hostKeyDirectory(directory), host.name)),
  );
  const known = hosts.map((host, index) => knownHostsLine(host, keys[index]?.publicKey ?? ''));
  const ownerOnly = { mode: 0o600 };
  await writeFile(knownHostsFile, known.join(''), ownerOnly);
  await writeFile(sshConfigFile, hosts.map((host) => configEntry(host, lab)).join('\n'), ownerOnly);
  await writeFile(labFile(directory), `${JSON.stringify(lab, undefined, 2)}\n`, ownerOnly);
  return lab;
}

/** Where a lab describes itself. */
export function labFile(directory: string): string {
  return join(directory, 'lab.json');
}

/** Reads what {@link writeLabFiles} wrote. */
export async function readLab(file: string): Promise<Lab> {
  return JSON.parse(await readFile(file, 'utf8')) as Lab;
}

function knownHostsLine(host: LabHost, publicKey: string): string {
  const [type = '', blob = ''] = publicKey.split(' ');
  return `[${host.address}]:${host.port} ${type} ${blob}\n`;
}

function configEntry(host: LabHost, lab: Pick<Lab, 'knownHostsFile'>): string {
  return `Host ${host.name}
  HostName ${host.address}
  Port ${host.port}
  User ops
  IdentityFile "${host.identityFile}"
  IdentitiesOnly yes
  UserKnownHostsFile "${lab.knownHostsFile}"
`;
}
