// Host keys that the inventory pins: read from their text, and which algorithms ask a server for them.
import { ConnectError } from '../../errors.ts';
import { shellWord } from '../../shell-word.ts';
import { fingerprintOf } from './ssh-fingerprint.ts';
import { decodeKey, keyTypeOf, keyTypeOfLabel } from './ssh-host-key-blob.ts';

/** A host key that is accepted by the inventory's word, in place of known_hosts. */
export interface PinnedKey {
  /** For example `ssh-ed25519`. */
  readonly keyType: string;
  /** In SSH wire format (RFC 4253, 6.6). */
  readonly key: Buffer;
  /** The inventory that pins it, for errors. */
  readonly file?: string | undefined;
}

/** How a pin is written: type and base64, as in known_hosts. */
export function pinTextOf(key: Buffer): string {
  return `${keyTypeOf(key)} ${key.toString('base64')}`;
}

/** A pin for people, `ssh-ed25519 SHA256:…`; a text that is no key as it is. */
export function describePin(text: string): string {
  const [keyType = '', encoded = ''] = text.split(' ');
  const key = decodeKey(encoded);
  return key === undefined ? text : `${keyType} ${fingerprintOf(key)}`;
}

/**
 * Reads pins as the inventory has them, each `TYPE BASE64`. Undefined when there are none: known_hosts decides then.
 * @throws ConnectError `config` for a text that is no key; leaving it out would turn a typing error into another trust
 */
export function parsePins(
  pins: readonly string[] | undefined,
  host: string,
  file?: string,
): readonly PinnedKey[] | undefined {
  if (pins === undefined || pins.length === 0) return undefined;
  return pins.map((text) => ({ ...parsePin(text, host), file }));
}

function parsePin(text: string, host: string): PinnedKey {
  const [keyType = '', encoded = ''] = text.trim().split(/\s+/);
  const key = decodeKey(encoded);
  if (key !== undefined && keyTypeOf(key) === keyType) return { keyType, key };
  throw new ConnectError('config', `host_keys in the inventory has a damaged key: ${text}`, {
    host,
    hint: `Let occ write it: occ host trust ${shellWord(host)} --replace`,
  });
}

/** Which of the configured host key algorithms ask for a key that is pinned; all of them when none is. */
export function algorithmsForPins(
  configured: readonly string[],
  pins: readonly PinnedKey[] | undefined,
): readonly string[] {
  if (pins === undefined) return configured;
  const types = new Set(pins.map(({ keyType }) => keyType));
  return configured.filter((name) => types.has(keyTypeOfLabel(name)));
}
