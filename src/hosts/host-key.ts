// Looks at the SSH host key that a host shows, says whether it is trusted, and can trust it from now on.
import { judgeHostKey } from '../transport/known-hosts.ts';
import { ownKnownHostsFile, readKnownHosts } from '../transport/known-hosts-store.ts';
import { resolveSshConfig, type SshConfig } from '../transport/ssh-config.ts';
import { changedKey, revokedKey } from '../transport/ssh-host-key-errors.ts';
import type { SshOptions, SshTarget } from '../transport/ssh-target.ts';
import { scanHostKey, trustHostKey, type ScannedKey } from '../transport/ssh-trust.ts';

/** The SSH host key that a host shows now. */
export interface ShownHostKey {
  /** known_hosts name: `host`, `[host]:port`, or the host key alias. */
  readonly name: string;
  /** For example `ssh-ed25519`. */
  readonly keyType: string;
  /** `SHA256:…` as `ssh-keygen -l` prints it. */
  readonly fingerprint: string;
  /** True when known_hosts, the user's or occ's own, has it already. */
  readonly trusted: boolean;
  /** Trusts it from now on: stores it in occ's own known_hosts. */
  trust(): Promise<void>;
}

/**
 * Asks a host for its key and judges it as a connection would; does not log in.
 * @throws ConnectError `host-key-changed` or `host-key-revoked`; otherwise when the host cannot be reached
 */
export async function lookAtHostKey(target: SshTarget, options: SshOptions): Promise<ShownHostKey> {
  const scanned = await scanHostKey(target, options);
  const signal = options.signal ?? new AbortController().signal;
  const config = await resolveSshConfig(target, { signal, env: options.env });
  const { name, keyType, fingerprint, key } = scanned;
  const trusted = await isTrusted(target, config, options.stateDir, scanned);
  const trust = () => trustHostKey(options.stateDir, name, key);
  return { name, keyType, fingerprint, trusted, trust };
}

/** @throws ConnectError when another key is known, or this one is revoked */
async function isTrusted(
  { host }: SshTarget,
  config: SshConfig,
  stateDir: string,
  { name, keyType, fingerprint, key }: ScannedKey,
): Promise<boolean> {
  const files = [...config.userKnownHostsFiles, ...config.globalKnownHostsFiles];
  const known = await readKnownHosts([...files, ownKnownHostsFile(stateDir)]);
  const verdict = judgeHostKey(known, config.keyName, { key });
  const { hostname, port } = config;
  const shown = { place: { host, jump: undefined, hostname, port }, name, keyType, fingerprint };
  if (verdict.kind === 'changed') throw changedKey(shown, verdict.known);
  if (verdict.kind === 'revoked') throw revokedKey(shown, verdict.line);
  return verdict.kind === 'ok';
}
