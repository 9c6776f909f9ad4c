// Which of the keys that a host shows are to be pinned: decided by a fingerprint, by known_hosts, or by a person.
import { ConnectError } from '../../errors.ts';
import type { ShownHostKey, ShownHostKeys } from '../../hosts/host-key.ts';
import type { Prompter } from '../../prompter.ts';
import { shellWord } from '../../shell-word.ts';
import { keyWithFingerprint, listed } from './fingerprint.ts';

/** What the operator said on the command line. */
export interface TrustWish {
  readonly fingerprint?: string | undefined;
  readonly replace: boolean;
}

/** What is to be pinned. */
export interface TrustDecision {
  /** All keys that are pinned afterwards and that the host shows. */
  readonly keys: readonly ShownHostKey[];
  readonly isDone: boolean;
  /** True when nothing vouches for the keys yet: a person has to. */
  readonly mustAsk: boolean;
}

/**
 * Decides without asking.
 * @throws ConnectError `host-key-changed` for a fingerprint that no key has, and for keys that contradict what is pinned
 * or known, unless they are to be replaced
 */
export function decideTrust(host: string, shown: ShownHostKeys, wish: TrustWish): TrustDecision {
  const { fingerprint, replace } = wish;
  const given =
    fingerprint === undefined ? undefined : keyWithFingerprint(host, shown, fingerprint);
  if (shown.old.length > 0 && !replace) throw contradiction(host, shown, given);
  const pinned = shown.keys.filter((key) => key.pinned);
  if (given !== undefined)
    return pin(shown, replace || given.pinned ? [given] : [...pinned, given]);
  if (replace) return { ...pin(shown, shown.keys), mustAsk: true };
  if (pinned.length > 0) return { keys: pinned, isDone: true, mustAsk: false };
  const known = shown.keys.filter((key) => key.known);
  if (known.length > 0) return pin(shown, known);
  return { keys: shown.keys, isDone: false, mustAsk: true };
}

function pin(shown: ShownHostKeys, keys: readonly ShownHostKey[]): TrustDecision {
  const hasOthers = shown.old.length > 0;
  return { keys, isDone: !hasOthers && keys.every((key) => key.pinned), mustAsk: false };
}

/**
 * Asks a person to compare. Not answered by `--yes`: agreeing to whatever key comes is what the comparison is there to
 * prevent.
 * @throws ConnectError `host-key-unknown` for a no, and when there is nobody to ask
 */
export async function askTrust(
  prompter: Prompter,
  host: string,
  { name, old, revoked }: ShownHostKeys,
  keys: readonly ShownHostKey[],
): Promise<void> {
  const shown = keys.map(
    ({ keyType, fingerprint, randomart }) => `${keyType} ${fingerprint}\n${randomart}`,
  );
  const before = old.map((key) => `${listed([key])} (${key.where})`);
  const leftOut = revoked.map((key) => `${listed([key])} (${key.where})`);
  const answer = await prompter.confirm(
    [
      `${host} (${name}) shows ${keys.length === 1 ? 'this host key' : `these ${keys.length} host keys`}:`,
      ...shown,
      ...(before.length > 0 ? [`Until now: ${before.join(', ')}`] : []),
      ...(leftOut.length > 0 ? [`Left out, because revoked: ${leftOut.join(', ')}`] : []),
      keys.length === 1
        ? 'Is that the right one? Trust it from now on?'
        : "Are all of them the host's own? Whoever holds one of them can pose as the host. Trust them from now on?",
    ].join('\n'),
  );
  if (answer === true) return;
  const what = `${keys.length === 1 ? 'The host key' : 'The host keys'} ${listed(keys)}`;
  const is = keys.length === 1 ? 'is' : 'are';
  if (answer === false) {
    const was = keys.length === 1 ? 'was' : 'were';
    throw new ConnectError('host-key-unknown', `${what} ${was} not accepted`, { host });
  }
  throw new ConnectError(
    'host-key-unknown',
    `${what} ${is} not known, and there is no terminal to ask`,
    { host, hint: compareHint(host, keys[0], old.length > 0) },
  );
}

function contradiction(
  host: string,
  { name, keys, old }: ShownHostKeys,
  given: ShownHostKey | undefined,
): ConnectError {
  const before = old.map((key) => `${listed([key])} (${key.where})`);
  const message =
    `The host key has changed: the host shows ${listed(keys)}, known is ${before.join(', ')}. ` +
    'Somebody may be intercepting the connection; nothing was stored';
  const files = [...new Set(old.flatMap(({ foreignFile }) => foreignFile ?? []))];
  const forget = files.map((file) => `ssh-keygen -R ${shellWord(name)} -f ${shellWord(file)}`);
  const forSsh = forget.length === 0 ? '' : `\nFor ssh itself, as well: ${forget.join(' && ')}`;
  return new ConnectError('host-key-changed', message, {
    host,
    hint: `If the host was reinstalled: ${compareHint(host, given ?? keys[0], true)}${forSsh}`,
  });
}

function compareHint(host: string, key: ShownHostKey | undefined, replace: boolean): string {
  const words = [
    'occ host trust',
    shellWord(host),
    ...(replace ? ['--replace'] : []),
    '--fingerprint',
  ];
  return `Compare the fingerprint with the host's own, then: ${words.join(' ')} ${key?.fingerprint ?? ''}`;
}
