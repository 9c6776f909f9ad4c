// Reads known_hosts text and judges a host key by it, as OpenSSH does (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). Pure.
import { matchesHosts, toLowerAscii } from './known-hosts-match.ts';
import { decodeKey, keyTypeOf, keyTypeOfLabel } from './ssh-host-key-blob.ts';

/** What a line says about its key. */
export type KnownHostMarker = 'none' | 'cert-authority' | 'revoked';

/** One usable line of a known_hosts file. */
export interface KnownHostLine {
  readonly file: string;
  /** Counts from 1. */
  readonly line: number;
  readonly marker: KnownHostMarker;
  /** The first field: a comma list of patterns, or one hashed name. */
  readonly hosts: string;
  /** For example `ssh-ed25519`. */
  readonly keyType: string;
  /** The key in SSH wire format (RFC 4253, 6.6). */
  readonly key: Buffer;
}

/** Under which name a host's key is kept. */
export interface HostKeyName {
  /** HostKeyAlias, or `host`, or `[host]:port`; lower case. */
  readonly name: string;
  /** The host without its port, where the name holds one: OpenSSH looks there too. */
  readonly bareName: string | undefined;
}

/** A key that a server showed. */
export interface PresentedKey {
  readonly key: Buffer;
  /** Set when the server showed a certificate that was verified: who signed it, and for which names. */
  readonly authority?: { readonly key: Buffer; readonly principals: readonly string[] };
}

/** Where a key is revoked. */
export interface RevokedAt {
  readonly file: string;
  /** Counts from 1; undefined for a list that has no lines (KRL). */
  readonly line: number | undefined;
}

/** `ok`: known. `changed`: another key is known. `new`: no key is known. `revoked`: marked as not to be used. */
export type HostKeyVerdict =
  | { readonly kind: 'ok' | 'new' }
  | { readonly kind: 'changed'; readonly known: readonly KnownHostLine[] }
  | { readonly kind: 'revoked'; readonly line: RevokedAt };

const markers: Readonly<Record<string, KnownHostMarker>> = {
  '@cert-authority': 'cert-authority',
  '@revoked': 'revoked',
};

/** Reads the usable lines of a known_hosts file; what OpenSSH would skip is skipped. */
export function parseKnownHosts(text: string, file: string): KnownHostLine[] {
  return text.split('\n').flatMap((raw, index) => {
    const parsed = parseLine(raw);
    return parsed === undefined ? [] : [{ file, line: index + 1, ...parsed }];
  });
}

function parseLine(raw: string): Omit<KnownHostLine, 'file' | 'line'> | undefined {
  // A line ends at a NUL, and nothing but spaces and tabs counts as blank: as in C, where trim() would take more.
  const text = /^[ \t]*([^\0]*)/.exec(raw)?.[1] ?? '';
  if (text === '' || text.startsWith('#')) return undefined;
  const marked = takeMarker(text);
  if (marked === undefined) return undefined;
  const [hosts, label, encoded] = marked.rest.split(/[ \t]+/);
  if (hosts === undefined || hosts.startsWith('@') || label === undefined) return undefined;
  const key = decodeKey(encoded ?? '');
  // A label that differs from what the key itself says is a damaged or forged line.
  const keyType = keyTypeOfLabel(label);
  if (key === undefined || keyTypeOf(key) !== keyType) return undefined;
  return { marker: marked.marker, hosts, keyType, key };
}

/** One marker is allowed. It ends at the first space of the line, at a tab only where there is no space: as in ssh. */
function takeMarker(text: string): { marker: KnownHostMarker; rest: string } | undefined {
  if (!text.startsWith('@')) return { marker: 'none', rest: text };
  const end = text.includes(' ') ? text.indexOf(' ') : text.indexOf('\t');
  const marker = markers[text.slice(0, Math.max(end, 0))];
  return marker && { marker, rest: text.slice(end).replace(/^[ \t]+/, '') };
}

/** The name OpenSSH keeps a host's key under. `hostname` is the one after HostName was applied. */
export function hostKeyName(hostname: string, port: number, alias?: string): HostKeyName {
  if (alias !== undefined) return { name: toLowerAscii(alias), bareName: undefined };
  const bare = toLowerAscii(hostname);
  if (port === 22) return { name: bare, bareName: undefined };
  return { name: `[${bare}]:${port}`, bareName: bare };
}

/** Judges a key by the lines of all known_hosts files together. */
export function judgeHostKey(
  lines: readonly KnownHostLine[],
  host: HostKeyName,
  presented: PresentedKey,
): HostKeyVerdict {
  const verdict = judgeName(lines, host.name, presented, host.bareName ?? host.name);
  if (verdict.kind !== 'new' || host.bareName === undefined) return verdict;
  const bare = judgeName(lines, host.bareName, presented, host.bareName);
  return bare.kind === 'ok' ? bare : verdict;
}

function judgeName(
  lines: readonly KnownHostLine[],
  name: string,
  presented: PresentedKey,
  principal: string,
): HostKeyVerdict {
  const matching = lines.filter((line) => matchesHosts(line.hosts, name));
  const { key, authority } = presented;
  const revoked = matching.find(
    (line) =>
      line.marker === 'revoked' &&
      (line.key.equals(key) || (authority !== undefined && line.key.equals(authority.key))),
  );
  if (revoked !== undefined) return { kind: 'revoked', line: revoked };
  const vouched = matching.some(
    (line) => line.marker === 'cert-authority' && authority?.key.equals(line.key),
  );
  if (vouched && authority?.principals.includes(principal)) return { kind: 'ok' };
  const known = matching.filter((line) => line.marker === 'none');
  if (known.some((line) => line.key.equals(key))) return { kind: 'ok' };
  return known.length === 0 ? { kind: 'new' } : { kind: 'changed', known };
}

/** The lines that hold a plain key for a host; those of the bare name when there is none for the name with the port. */
export function linesOf(
  lines: readonly KnownHostLine[],
  { name, bareName }: HostKeyName,
): readonly KnownHostLine[] {
  const under = (each: string): KnownHostLine[] =>
    lines.filter((line) => line.marker === 'none' && matchesHosts(line.hosts, each));
  const own = under(name);
  return own.length > 0 || bareName === undefined ? own : under(bareName);
}

/** Key types that are known for a host, so that they can be asked for first. */
export function knownKeyTypes(lines: readonly KnownHostLine[], host: HostKeyName): string[] {
  return [...new Set(linesOf(lines, host).map((line) => line.keyType))];
}

/**
 * True when a server can be verified by a host certificate only: an `@cert-authority` line names it, and no plain key is
 * known. ssh2 cannot ask for certificates, so the way to such a server is OpenSSH's own client.
 */
export function needsHostCertificate(lines: readonly KnownHostLine[], host: HostKeyName): boolean {
  const names = host.bareName === undefined ? [host.name] : [host.name, host.bareName];
  const hasAuthority = lines.some(
    ({ marker, hosts }) =>
      marker === 'cert-authority' && names.some((name) => matchesHosts(hosts, name)),
  );
  return hasAuthority && linesOf(lines, host).length === 0;
}
