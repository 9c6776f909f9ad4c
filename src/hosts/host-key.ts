// Looks at the SSH host keys that a host shows, and says which of them are trusted and which contradict what is known.
import { forgetHostKeys, ownKnownHostsFile } from '../transport/host-keys/known-hosts-store.ts';
import { fingerprintOf } from '../transport/host-keys/ssh-fingerprint.ts';
import { describeRevoked, revokedKey } from '../transport/host-keys/ssh-host-key-errors.ts';
import { pinTextOf } from '../transport/host-keys/ssh-pins.ts';
import { randomartOf } from '../transport/host-keys/ssh-randomart.ts';
import type { SshOptions, SshTarget } from '../transport/ssh/ssh-target.ts';
import {
  scanHostKeys,
  type HostKeyScan,
  type ScannedKey,
} from '../transport/host-keys/ssh-trust.ts';

/** An SSH host key that a host shows now. */
export interface ShownHostKey {
  /** For example `ssh-ed25519`. */
  readonly keyType: string;
  /** `SHA256:…` as `ssh-keygen -l` prints it. */
  readonly fingerprint: string;
  /** Eleven lines, as `ssh-keygen -lv` draws them. */
  readonly randomart: string;
  /** `TYPE BASE64`, as `host_keys` of the inventory holds it. */
  readonly text: string;
  /** True when known_hosts, the user's, the system's or occ's own, has it. */
  readonly known: boolean;
  /** True when the inventory pins it. */
  readonly pinned: boolean;
}

/** A key that the host had before, and that it shows no more. */
export interface OldHostKey {
  readonly keyType: string;
  readonly fingerprint: string;
  /** `host_keys`, or a file and line. */
  readonly where: string;
  /** The known_hosts file that holds it, when it is not occ's own: occ does not change it. */
  readonly foreignFile?: string;
}

/** A key that the host shows although it is revoked. */
export interface RevokedHostKey {
  readonly keyType: string;
  readonly fingerprint: string;
  /** File and line, or the file where it has no lines. */
  readonly where: string;
}

/** The SSH host keys of a host. */
export interface ShownHostKeys {
  /** known_hosts name: `host`, `[host]:port`, or the host key alias. */
  readonly name: string;
  /** Without those that are revoked; never empty. First the one that a connection gets to see. */
  readonly keys: readonly ShownHostKey[];
  /** How many keys the inventory pins now. */
  readonly pinned: number;
  /** What is pinned, or else what known_hosts has, as far as the keys shown contradict it. */
  readonly old: readonly OldHostKey[];
  /** Keys that the host shows as well, and that are revoked: never to be trusted. */
  readonly revoked: readonly RevokedHostKey[];
  /** Removes what occ's own known_hosts has for the host, but for the keys shown. */
  forgetOld(): Promise<void>;
}

/**
 * Asks a host for its keys; does not log in.
 * @throws ConnectError `host-key-revoked` when none is left; otherwise when the host cannot be reached
 */
export async function lookAtHostKeys(
  target: SshTarget,
  options: SshOptions,
): Promise<ShownHostKeys> {
  return shownKeysOf(await scanHostKeys(target, options), options.stateDir);
}

/**
 * Judges the keys that a look found.
 * @param stateDir - holds occ's own known_hosts
 * @throws ConnectError `host-key-revoked` when none is left
 */
export function shownKeysOf(scan: HostKeyScan, stateDir: string): ShownHostKeys {
  const usable = scan.keys.filter(({ verdict }) => verdict.kind !== 'revoked');
  if (usable.length === 0) throw onlyRevoked(scan);
  const { pins, keyName } = scan;
  return {
    name: keyName.name,
    keys: usable.map((key) => shownKey(key, scan)),
    pinned: pins.length,
    old: pins.length > 0 ? oldPins(usable, scan) : oldLines(usable, stateDir),
    revoked: scan.keys.flatMap(revokedOf),
    forgetOld: () =>
      forgetHostKeys(
        stateDir,
        keyName,
        usable.map(({ key }) => key),
      ),
  };
}

function revokedOf({ keyType, fingerprint, verdict }: ScannedKey): RevokedHostKey[] {
  if (verdict.kind !== 'revoked') return [];
  return [{ keyType, fingerprint, where: describeRevoked(verdict.line) }];
}

function shownKey(
  { keyType, fingerprint, key, verdict }: ScannedKey,
  { pins }: HostKeyScan,
): ShownHostKey {
  return {
    keyType,
    fingerprint,
    randomart: randomartOf(key),
    text: pinTextOf(key),
    known: verdict.kind === 'ok',
    pinned: pins.some((pin) => pin.key.equals(key)),
  };
}

interface HeldKey {
  readonly keyType: string;
  readonly key: Buffer;
}

/** Contradicted is a key whose type is shown with another key only; and every key, when none of them is shown. */
function contradicted<Held extends HeldKey>(
  held: readonly Held[],
  shown: readonly ScannedKey[],
): readonly Held[] {
  const isShown = ({ key }: HeldKey): boolean => shown.some((each) => each.key.equals(key));
  if (!held.some(isShown)) return held;
  const kept = new Set(held.filter(isShown).map(({ keyType }) => keyType));
  const types = new Set(shown.map(({ keyType }) => keyType));
  return held.filter(({ keyType }) => types.has(keyType) && !kept.has(keyType));
}

function oldPins(shown: readonly ScannedKey[], { pins }: HostKeyScan): readonly OldHostKey[] {
  return contradicted(pins, shown).map(({ keyType, key }) => {
    return { keyType, fingerprint: fingerprintOf(key), where: 'host_keys of the inventory' };
  });
}

function oldLines(shown: readonly ScannedKey[], stateDir: string): readonly OldHostKey[] {
  const own = ownKnownHostsFile(stateDir);
  const known = shown.flatMap(({ verdict }) => (verdict.kind === 'changed' ? [verdict.known] : []));
  return contradicted(known[0] ?? [], shown).map(({ keyType, key, file, line }) => ({
    keyType,
    fingerprint: fingerprintOf(key),
    where: `${file}:${line}`,
    ...(file !== own && { foreignFile: file }),
  }));
}

function onlyRevoked({ place, keyName, keys }: HostKeyScan): Error {
  const [first] = keys;
  if (first?.verdict.kind !== 'revoked') throw new TypeError('no key was revoked');
  const { keyType, fingerprint, verdict } = first;
  return revokedKey({ place, name: keyName.name, keyType, fingerprint }, verdict.line);
}
