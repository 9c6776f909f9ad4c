// What is said when a host key is not accepted: which key, what was known, what to do.
import { ConnectError } from '../../errors.ts';
import { shellWord } from '../../shell-word.ts';
import type { KnownHostLine, RevokedAt } from './known-hosts.ts';
import { fingerprintOf } from './ssh-fingerprint.ts';
import type { PinnedKey } from './ssh-pins.ts';
import { describePlace, sshCommand, type SshPlace } from '../ssh/ssh-place.ts';

/** A key that a server showed, as people see it. */
export interface ShownKey {
  readonly place: SshPlace;
  /** known_hosts name. */
  readonly name: string;
  readonly keyType: string;
  /** `SHA256:…` */
  readonly fingerprint: string;
}

/** Nothing is known about the server, and nobody said yes. */
export function unknownKey(shown: ShownKey): ConnectError {
  const message = `The host key of ${describePlace(shown.place)} is not known: ${shown.keyType} ${shown.fingerprint}`;
  const { host, jump } = shown.place;
  const hint =
    jump === undefined
      ? `Compare the fingerprint with the host's own, then: occ host trust ${shellWord(host)} --fingerprint ${shown.fingerprint}`
      : `It is the jump host on the way to ${host}. Log in to it once with \`${sshCommand(jump)}\` and compare the fingerprint.`;
  return new ConnectError('host-key-unknown', message, { host, hint });
}

/** The answer was no, or the key became another one in the middle of the connection. */
export function refusedKey(shown: ShownKey, by: 'person' | 'rekey'): ConnectError {
  const { host } = shown.place;
  const what = `The host key of ${describePlace(shown.place)} ${shown.keyType} ${shown.fingerprint}`;
  return by === 'person'
    ? new ConnectError('host-key-unknown', `${what} was not accepted`, { host })
    : new ConnectError('host-key-changed', `${what} replaced the first one while connected`, {
        host,
      });
}

/**
 * Another key is known.
 * @param ownFile - occ's own known_hosts, which ssh does not read and `host trust --replace` mends
 */
export function changedKey(
  shown: ShownKey,
  known: readonly KnownHostLine[],
  ownFile?: string,
): ConnectError {
  const { host } = shown.place;
  const old = known.map(
    (line) => `${line.keyType} ${fingerprintOf(line.key)} (${line.file}:${line.line})`,
  );
  const message =
    `The host key of ${describePlace(shown.place)} has changed: it shows ${shown.keyType} ${shown.fingerprint}, ` +
    `known is ${shortened(old)}. Somebody may be intercepting the connection`;
  const hint = changedHint(shown, [...new Set(known.map(({ file }) => file))], ownFile);
  return new ConnectError('host-key-changed', message, { host, hint });
}

function changedHint(
  { place, name, fingerprint }: ShownKey,
  files: readonly string[],
  ownFile: string | undefined,
): string {
  const { host, jump } = place;
  const forget = (from: readonly string[]): string =>
    from.map((file) => `ssh-keygen -R ${shellWord(name)} -f ${shellWord(file)}`).join(' && ');
  if (jump !== undefined) {
    return `If the jump host was reinstalled, forget the old key, then compare the new one: ${forget(files)} && ${sshCommand(jump)}`;
  }
  const foreign = files.filter((file) => file !== ownFile);
  return (
    "If the host was reinstalled, compare the new fingerprint with the host's own, then: " +
    `occ host trust ${shellWord(host)} --replace --fingerprint ${fingerprint}` +
    (foreign.length === 0 ? '' : `\nFor ssh itself, as well: ${forget(foreign)}`)
  );
}

/** A line of a shared known_hosts may stand for a host many times. */
function shortened(items: readonly string[]): string {
  const most = 4;
  const rest = items.length - most;
  return rest > 0 ? `${items.slice(0, most).join(', ')} and ${rest} more` : items.join(', ');
}

/** The inventory names other keys. */
export function changedPin(shown: ShownKey, pins: readonly PinnedKey[]): ConnectError {
  const { host, jump } = shown.place;
  const where = pins[0]?.file ?? 'the inventory';
  const old = pins.map(({ keyType, key }) => `${keyType} ${fingerprintOf(key)}`);
  const message =
    `The host key of ${describePlace(shown.place)} is not the one that ${where} pins (host_keys): ` +
    `it shows ${shown.keyType} ${shown.fingerprint}, pinned is ${shortened(old)}. ` +
    'Somebody may be intercepting the connection';
  const name = jump === undefined ? shellWord(host) : 'NAME';
  const which = jump === undefined ? '' : ' (NAME is the entry of the jump host in the inventory)';
  const hint =
    `If the host was reinstalled, compare the new fingerprint with the host's own, then: ` +
    `occ host trust ${name} --replace --fingerprint ${shown.fingerprint}${which}`;
  return new ConnectError('host-key-changed', message, { host, hint });
}

/** `file:line`, or the file alone. */
export function describeRevoked({ file, line }: RevokedAt): string {
  return line === undefined ? file : `${file}:${line}`;
}

/** The key is marked as not to be used any more. */
export function revokedKey(shown: ShownKey, at: RevokedAt): ConnectError {
  const { host } = shown.place;
  const message =
    `The host key of ${describePlace(shown.place)} ${shown.keyType} ${shown.fingerprint} is revoked ` +
    `(${describeRevoked(at)})`;
  const hint = 'Do not connect. The host needs a new host key; ask whoever runs it.';
  return new ConnectError('host-key-revoked', message, { host, hint });
}
