// The verdict on host keys: every vector was confirmed against OpenSSH 9.2; hashed names against ssh-keygen here.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  hostKeyName,
  judgeHostKey,
  knownKeyTypes,
  needsHostCertificate,
  parseKnownHosts,
  type HostKeyVerdict,
} from '../../../src/transport/host-keys/known-hosts.ts';
import { keyTypeOf } from '../../../src/transport/host-keys/ssh-host-key-blob.ts';

const field = (value: Buffer): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(value.length);
  return Buffer.concat([length, value]);
};
const makeKey = (type: string, seed: number, parts = 1): Buffer =>
  Buffer.concat([
    field(Buffer.from(type)),
    ...Array.from({ length: parts }, () => field(Buffer.alloc(32, seed))),
  ]);

const right = makeKey('ssh-ed25519', 1);
const wrong = makeKey('ssh-ed25519', 2);
const rsa = makeKey('ssh-rsa', 3, 2);
const wrongRsa = makeKey('ssh-rsa', 4, 2);
const ecdsa = makeKey('ecdsa-sha2-nistp256', 5, 2);
const authority = makeKey('ssh-ed25519', 6);

const entry = (names: string, key: Buffer, marker = ''): string =>
  `${marker === '' ? '' : `${marker} `}${names} ${keyTypeOf(key)} ${key.toString('base64')}`;

interface Vector {
  readonly what: string;
  readonly lines: readonly string[];
  readonly host?: string;
  readonly port?: number;
  readonly alias?: string;
  readonly key?: Buffer;
  /** Principals of a certificate that `authority` signed. */
  readonly principals?: readonly string[];
  readonly verdict: HostKeyVerdict['kind'];
}

const hashed = '|1|xC9foKjKRTg8Rqi63ncexYOyvOw=|dhyMprxeauOljk10Q2EJKIreJos=';

const vectors: readonly Vector[] = [
  { what: 'plain name', lines: [entry('foo.ex', right)], verdict: 'ok' },
  { what: 'case of the line', lines: [entry('fOo.eX', right)], host: 'FOO.Ex', verdict: 'ok' },
  { what: 'name with port', lines: [entry('[foo.ex]:2222', right)], port: 2222, verdict: 'ok' },
  { what: 'bare entry, port 2222', lines: [entry('foo.ex', right)], port: 2222, verdict: 'ok' },
  { what: 'star', lines: [entry('*.ex', right)], verdict: 'ok' },
  { what: 'question mark', lines: [entry('h?.ex', right)], host: 'h1.ex', verdict: 'ok' },
  { what: 'star with port', lines: [entry('[*.ex]:2222', right)], port: 2222, verdict: 'ok' },
  { what: 'star alone, port 2222', lines: [entry('*', right)], port: 2222, verdict: 'ok' },
  {
    what: 'wrong then right of one type',
    lines: [entry('foo.ex', wrong), entry('foo.ex', right)],
    verdict: 'ok',
  },
  { what: 'only RSA known, RSA shown', lines: [entry('foo.ex', rsa)], key: rsa, verdict: 'ok' },
  { what: 'only ECDSA, ECDSA shown', lines: [entry('foo.ex', ecdsa)], key: ecdsa, verdict: 'ok' },
  {
    what: 'right ed25519 and wrong RSA',
    lines: [entry('foo.ex', right), entry('foo.ex', wrongRsa)],
    verdict: 'ok',
  },
  {
    what: 'revoked for another host',
    lines: [entry('bar.ex', right, '@revoked'), entry('foo.ex', right)],
    verdict: 'ok',
  },
  { what: 'hashed', lines: [entry(hashed, right)], verdict: 'ok' },
  { what: 'hashed, other case', lines: [entry(hashed, right)], host: 'FOO.ex', verdict: 'ok' },
  { what: 'hashed bare, port 2222', lines: [entry(hashed, right)], port: 2222, verdict: 'ok' },
  {
    what: 'authority with matching principal',
    lines: [entry('*.ex', authority, '@cert-authority')],
    principals: ['foo.ex'],
    verdict: 'ok',
  },
  {
    what: 'plain key known, certificate shown',
    lines: [entry('foo.ex', right)],
    principals: ['foo.ex'],
    verdict: 'ok',
  },
  {
    what: 'alias, port 2222',
    lines: [entry('ali', right)],
    alias: 'ALI',
    port: 2222,
    verdict: 'ok',
  },
  {
    what: 'tabs',
    lines: [`\tfoo.ex\tssh-ed25519 \t${right.toString('base64')}\tcomment`],
    verdict: 'ok',
  },
  { what: 'CRLF', lines: [`${entry('foo.ex', right)}\r`], verdict: 'ok' },
  { what: 'IPv6', lines: [entry('::1', right)], host: '::1', verdict: 'ok' },
  {
    what: 'IPv6, port',
    lines: [entry('[::1]:2222', right)],
    host: '::1',
    port: 2222,
    verdict: 'ok',
  },
  {
    what: 'wrong with port, bare right',
    lines: [entry('[foo.ex]:2222', wrong), entry('foo.ex', right)],
    port: 2222,
    verdict: 'changed',
  },
  { what: 'only RSA known, ed25519 shown', lines: [entry('foo.ex', rsa)], verdict: 'changed' },
  {
    what: 'wrong ed25519 and right RSA',
    lines: [entry('foo.ex', wrong), entry('foo.ex', rsa)],
    verdict: 'changed',
  },
  {
    what: 'authority without its marker',
    lines: [entry('foo.ex', authority)],
    principals: ['foo.ex'],
    verdict: 'changed',
  },
  { what: 'bare wrong, port 2222', lines: [entry('foo.ex', wrong)], port: 2222, verdict: 'new' },
  { what: 'port 22 in brackets', lines: [entry('[foo.ex]:22', right)], verdict: 'new' },
  { what: 'other port, port 22', lines: [entry('[foo.ex]:2222', right)], verdict: 'new' },
  { what: 'negated after', lines: [entry('*.ex,!bad.ex', right)], host: 'bad.ex', verdict: 'new' },
  { what: 'negated before', lines: [entry('!bad.ex,*.ex', right)], host: 'bad.ex', verdict: 'new' },
  { what: 'only a negation', lines: [entry('!other', right)], verdict: 'new' },
  { what: 'unknown marker', lines: [entry('foo.ex', right, '@future')], verdict: 'new' },
  {
    what: 'two markers',
    lines: [`@revoked @revoked ${entry('foo.ex', right)}`],
    verdict: 'new',
  },
  {
    what: 'principal mismatch',
    lines: [entry('*.ex', authority, '@cert-authority')],
    principals: ['bar.ex'],
    verdict: 'new',
  },
  {
    what: 'authority for a plain server',
    lines: [entry('*.ex', right, '@cert-authority')],
    verdict: 'new',
  },
  {
    what: 'alias with port in the file',
    lines: [entry('[ali]:2222', right)],
    alias: 'ali',
    port: 2222,
    verdict: 'new',
  },
  { what: 'label mismatch', lines: [`foo.ex ssh-rsa ${right.toString('base64')}`], verdict: 'new' },
  {
    what: 'truncated base64',
    lines: [`foo.ex ssh-ed25519 ${right.toString('base64').slice(0, -8)}`],
    verdict: 'new',
  },
  {
    what: 'corrupt salt',
    lines: [entry(hashed.replace('xC9foKjKRTg8Rqi63ncexYOyvOw=', 'xC9foA=='), right)],
    verdict: 'new',
  },
  { what: 'trailing dot', lines: [entry('foo.ex', right)], host: 'foo.ex.', verdict: 'new' },
  { what: 'comment', lines: [`# ${entry('foo.ex', right)}`, ''], verdict: 'new' },
  {
    what: 'listed and revoked',
    lines: [entry('foo.ex', right), entry('foo.ex', right, '@revoked')],
    verdict: 'revoked',
  },
  { what: 'revoked everywhere', lines: [entry('*', right, '@revoked')], verdict: 'revoked' },
  {
    what: 'revoked authority',
    lines: [
      entry('*.ex', authority, '@cert-authority'),
      entry('foo.ex', right),
      entry('*', authority, '@revoked'),
    ],
    principals: ['foo.ex'],
    verdict: 'revoked',
  },
];

describe('judgeHostKey', () => {
  test('every vector has a name of its own', () => {
    expect(new Set(vectors.map(({ what }) => what)).size).toBe(vectors.length);
  });

  test.each(vectors)('$what: $verdict', (vector) => {
    const { host = 'foo.ex', port = 22, alias, key = right, principals } = vector;
    const lines = parseKnownHosts(vector.lines.join('\n'), 'known_hosts');
    const presented =
      principals === undefined ? { key } : { key, authority: { key: authority, principals } };
    expect(judgeHostKey(lines, hostKeyName(host, port, alias), presented).kind).toBe(
      vector.verdict,
    );
  });

  test('a changed key tells where the known ones stand', () => {
    const lines = parseKnownHosts(`# first\n\n${entry('foo.ex', wrong)}\n`, '/etc/known');
    const verdict = judgeHostKey(lines, hostKeyName('foo.ex', 22), { key: right });
    expect(verdict).toMatchObject({ kind: 'changed', known: [{ file: '/etc/known', line: 3 }] });
  });
});

describe('knownKeyTypes', () => {
  test('falls back to the bare name, and counts neither revoked keys nor authorities', () => {
    const text = [
      entry('foo.ex', rsa),
      entry('foo.ex', wrongRsa),
      entry('foo.ex', ecdsa, '@revoked'),
      entry('*', authority, '@cert-authority'),
    ].join('\n');
    const lines = parseKnownHosts(text, 'f');
    expect(knownKeyTypes(lines, hostKeyName('foo.ex', 2222))).toEqual(['ssh-rsa']);
    expect(knownKeyTypes(lines, hostKeyName('bar.ex', 22))).toEqual([]);
  });
});

describe('needsHostCertificate', () => {
  const ca = entry('*.ex,[*.ex]:2222', authority, '@cert-authority');
  test.each<[string, readonly string[], boolean]>([
    ['an authority alone', [ca], true],
    ['an authority and a plain key', [ca, entry('foo.ex', right)], false],
    ['an authority and a revoked key', [ca, entry('foo.ex', right, '@revoked')], true],
    ['an authority for others', [entry('*.org', authority, '@cert-authority')], false],
    ['a plain key', [entry('foo.ex', right)], false],
    ['nothing', [], false],
  ])('%s: %s', (_what, lines, expected) => {
    const known = parseKnownHosts(lines.join('\n'), 'f');
    expect(needsHostCertificate(known, hostKeyName('foo.ex', 22))).toBe(expected);
    expect(needsHostCertificate(known, hostKeyName('foo.ex', 2222))).toBe(expected);
  });
});

test('agrees with ssh-keygen on names that it hashed', () => {
  const directory = mkdtempSync(join(tmpdir(), 'occ-known-hosts-'));
  try {
    const file = join(directory, 'known_hosts');
    const key = 'AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f';
    const names = ['foo.ex', '[foo.ex]:2222', '::1', '[::1]:2222'];
    writeFileSync(file, names.map((name) => `${name} ssh-ed25519 ${key}\n`).join(''));
    execFileSync('ssh-keygen', ['-H', '-f', file], { stdio: 'ignore' });
    const text = execFileSync('cat', [file], { encoding: 'utf8' });
    expect(text).not.toContain('foo.ex');
    const lines = parseKnownHosts(text, file);
    for (const name of [...names, 'bar.ex']) {
      const oracle = keygenFinds(name, file);
      const ours = knownKeyTypes(lines, { name, bareName: undefined }).length > 0;
      expect([name, ours]).toEqual([name, oracle]);
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
});

function keygenFinds(name: string, file: string): boolean {
  try {
    return execFileSync('ssh-keygen', ['-F', name, '-f', file], { encoding: 'utf8' }) !== '';
  } catch {
    return false;
  }
}
