// What ssh says about a host key that it does not accept, as occ's own check would say it.
import { ConnectError } from '../../errors.ts';
import { shellWord } from '../../shell-word.ts';
import { readKnownHosts } from '../host-keys/known-hosts-store.ts';
import { lastLine } from './openssh-words.ts';
import type { FailedMaster } from './openssh-failed-master.ts';
import {
  changedKey,
  changedPin,
  refusedKey,
  unknownKey,
  type ShownKey,
} from '../host-keys/ssh-host-key-errors.ts';
import { describePlace, sshCommand } from '../ssh/ssh-place.ts';

/** ssh names types in its own way; ECDSA leaves out the curve. */
const typeNames: Readonly<Record<string, string>> = {
  ED25519: 'ssh-ed25519',
  RSA: 'ssh-rsa',
  'ED25519-SK': 'sk-ssh-ed25519@openssh.com',
};

/** The error about the host key; undefined when it was something else. */
export async function hostKeyError(
  said: string,
  failed: FailedMaster,
): Promise<ConnectError | undefined> {
  // Before that, a server has no say; after it, its banner could say the same.
  if (!/^Host key verification failed\.?$/m.test(lastLine(said))) return undefined;
  if (/REVOKED HOST KEY|is marked as revoked|revoked by file|is revoked/i.test(said)) {
    return revoked(said, failed);
  }
  if (/REMOTE HOST IDENTIFICATION HAS CHANGED|Host key for .* has changed/i.test(said)) {
    return changed(said, failed);
  }
  return notKnown(said, failed);
}

function revoked(said: string, { place }: FailedMaster): ConnectError {
  const where = /Offending \S+ key in (\S+:\d+)|revoked by file (\S+)/.exec(said);
  const at = where === null ? '' : ` (${where[1] ?? where[2] ?? ''})`;
  const message = `The host key of ${describePlace(place)} is revoked${at}`;
  const hint = 'Do not connect. The host needs a new host key; ask whoever runs it.';
  return new ConnectError('host-key-revoked', message, { host: place.host, hint });
}

async function changed(said: string, failed: FailedMaster): Promise<ConnectError> {
  const { place, pins, knownHostsFiles, ownKnownHosts } = failed;
  const [, type = '', fingerprint = ''] =
    /fingerprint for the (\S+) key sent by the remote host is\s+(\S+?)\.?$/m.exec(said) ?? [];
  const shown = shownKey(type, fingerprint, failed);
  if (pins !== undefined) return changedPin(shown, pins);
  const [, file, line] = /Offending \S+ key in (.+):(\d+)$/m.exec(said) ?? [];
  const isOurs = file !== undefined && knownHostsFiles.includes(file);
  const lines = isOurs ? await readKnownHosts([file]).catch(() => []) : [];
  const known = lines.filter((entry) => entry.line === Number(line));
  if (known.length > 0) return changedKey(shown, known, ownKnownHosts);
  const message =
    `The host key of ${describePlace(place)} has changed: it shows ${shown.keyType} ${fingerprint}. ` +
    'Somebody may be intercepting the connection';
  const hint = `If the host was reinstalled, compare the new key: occ host trust ${shellWord(place.host)}`;
  return new ConnectError('host-key-changed', message, { host: place.host, hint });
}

function notKnown(said: string, failed: FailedMaster): ConnectError {
  const { place, questions } = failed;
  const asked = questions?.askedKey;
  if (asked !== undefined) {
    const shown = shownKey(asked.keyType, asked.fingerprint, failed);
    return asked.accepted === undefined ? unknownKey(shown) : refusedKey(shown, 'person');
  }
  const certificate = /Certificate (?:invalid|lacks|contains|signed)[^\n]*/.exec(said)?.[0];
  const why = certificate === undefined ? '' : ` (${certificate})`;
  const message = `The host key of ${describePlace(place)} is not known${why}`;
  const { host, jump } = place;
  const hint =
    jump === undefined
      ? `Look at it and compare the fingerprint: occ host trust ${shellWord(host)}`
      : `It is the jump host on the way to ${host}. Log in to it once with \`${sshCommand(jump)}\` and compare the fingerprint.`;
  return new ConnectError('host-key-unknown', message, { host, hint });
}

function shownKey(type: string, fingerprint: string, { place, keyName }: FailedMaster): ShownKey {
  return { place, name: keyName, keyType: typeNames[type] ?? type, fingerprint };
}
