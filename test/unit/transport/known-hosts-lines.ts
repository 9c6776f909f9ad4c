// Generated known_hosts files for comparing with ssh-keygen: good lines, odd lines, damaged lines.
import { createHmac } from 'node:crypto';
import fc from 'fast-check';

/** A public key as it stands in a file. */
export interface KeyText {
  readonly type: string;
  readonly base64: string;
}

/** Names that are looked up. In lower case: ssh gives names to its files so, `ssh-keygen -F` leaves the case as typed. */
export const wantedNames = [
  'foo.ex',
  'h1.foo.ex',
  'foo',
  '10.0.0.1',
  '::1',
  '[foo.ex]:2222',
  '[::1]:2222',
  '[10.0.0.1]:22',
] as const;

const otherNames = ['bar.ex', '*.org', '[bar.ex]:22', 'h2.foo.ex', '10.0.0.2', 'fo', 'foo.ex.'];

const blank = fc.constantFrom(' ', ' ', ' ', '\t', '  ', '\t ', ' \t');
const lead = fc.constantFrom('', '', '', '', ' ', '\t', ' \t', '\v', '\ufeff');

/** A pattern that may stand for the name: letters become wildcards, or change their case. */
function patternFor(name: string): fc.Arbitrary<string> {
  const change = fc.record({
    at: fc.nat({ max: Math.max(0, name.length - 1) }),
    length: fc.nat({ max: 4 }),
    by: fc.constantFrom('?', '*', '**', '?*', '*?', '', 'x'),
  });
  const changed = change.map(
    ({ at, length, by }) => name.slice(0, at) + by + name.slice(at + length),
  );
  return fc.oneof(
    { weight: 4, arbitrary: fc.constant(name) },
    { weight: 1, arbitrary: fc.constant(name.toUpperCase()) },
    { weight: 3, arbitrary: changed },
    { weight: 1, arbitrary: fc.constantFrom('*', '?*', `${name}.`, `[${name}]:22`, '') },
    { weight: 3, arbitrary: fc.constantFrom(...otherNames, ...wantedNames) },
    { weight: 1, arbitrary: fc.constantFrom('a'.repeat(1022), 'a'.repeat(1023), '*'.repeat(1024)) },
  );
}

function listFor(name: string): fc.Arbitrary<string> {
  const item = fc
    .tuple(fc.constantFrom('', '', '', '', '!', '!!'), patternFor(name))
    .map(([negation, pattern]) => negation + pattern);
  return fc.array(item, { minLength: 1, maxLength: 4 }).map((items) => items.join(','));
}

function hashFor(name: string): fc.Arbitrary<string> {
  const damage = fc.constantFrom<(field: string) => string>(
    (field) => field,
    (field) => field,
    (field) => field,
    (field) => field.replace('|1|', '|2|'),
    (field) => field.replace('=', ''),
    (field) => field.replace(/=$/, ''),
    (field) => `${field}|`,
    (field) => `${field},foo.ex`,
    (field) => field.slice(0, 12),
    (field) => field.replace(/^.{5}/, '|1|zz'),
    // The last character before the padding has two bits that carry nothing; only one spelling of them is right.
    (field) => field.replace(/(.)=\|/, (_, last: string) => `${last === 'A' ? 'B' : 'A'}=|`),
  );
  const names = fc.constantFrom(name, name, ...wantedNames, 'bar.ex', name.toUpperCase());
  const salts = fc.uint8Array({ minLength: 20, maxLength: 20 });
  return fc.tuple(names, damage, salts).map(([hashed, change, bytes]) => {
    const salt = Buffer.from(bytes);
    const hash = createHmac('sha1', salt).update(hashed).digest('base64');
    return change(`|1|${salt.toString('base64')}|${hash}`);
  });
}

function keyFor(keys: readonly KeyText[]): fc.Arbitrary<string> {
  const label = (type: string): fc.Arbitrary<string> =>
    fc.oneof(
      { weight: 12, arbitrary: fc.constant(type) },
      {
        weight: 1,
        arbitrary: fc.constantFrom('rsa-sha2-512', 'rsa-sha2-256', 'RSA', 'ssh-ed25519', 'ssh-rsa'),
      },
      { weight: 1, arbitrary: fc.constantFrom('', '#', 'ecdsa-sha2-nistp384', type.toUpperCase()) },
    );
  const text = (base64: string): fc.Arbitrary<string> =>
    fc.oneof(
      { weight: 12, arbitrary: fc.constant(base64) },
      { weight: 2, arbitrary: fc.nat({ max: base64.length }).map((at) => base64.slice(0, at)) },
      { weight: 1, arbitrary: fc.nat({ max: 6 }).map((at) => base64.slice(0, at * 4)) },
      {
        weight: 1,
        arbitrary: fc.constantFrom(`${base64}=`, `${base64}AAAA`, `${base64}#`, `=${base64}`),
      },
      {
        weight: 1,
        arbitrary: fc
          .tuple(
            fc.nat({ max: base64.length }),
            fc.constantFrom('\v', '\f', '\r', '-', '!', '\u00a0'),
          )
          .map(([at, odd]) => base64.slice(0, at) + odd + base64.slice(at)),
      },
    );
  return fc
    .constantFrom(...keys)
    .chain(({ type, base64 }) => fc.tuple(label(type), blank, text(base64)))
    .map((parts) => parts.join(''));
}

const marker = fc.oneof(
  { weight: 12, arbitrary: fc.constant('') },
  {
    weight: 5,
    arbitrary: fc
      .tuple(fc.constantFrom('@cert-authority', '@revoked'), blank)
      .map((parts) => parts.join('')),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '@other ',
      '@ ',
      '@revoked',
      '@REVOKED ',
      '@revoked @revoked ',
      '@cert-authority @revoked ',
      '@cert-authority\t@revoked\t',
    ),
  },
);

/** The text of a known_hosts file that has to do with the name. */
export function fileFor(name: string, keys: readonly KeyText[]): fc.Arbitrary<string> {
  const hosts = fc.oneof(
    { weight: 3, arbitrary: listFor(name) },
    { weight: 1, arbitrary: hashFor(name) },
  );
  const rest = fc.constantFrom('', '', '', ' ', ' a comment', '\tünï', ' # x', '\r', ' c\r');
  const entry = fc
    .tuple(lead, marker, hosts, blank, keyFor(keys), rest)
    .map((parts) => parts.join(''));
  const other = fc.constantFrom(
    '',
    ' ',
    '\r',
    '# foo.ex ssh-ed25519 AAAA',
    '  #',
    'foo.ex',
    '@revoked',
  );
  const line = fc.oneof({ weight: 9, arbitrary: entry }, { weight: 1, arbitrary: other });
  return fc.array(line, { minLength: 1, maxLength: 6 }).map((lines) => lines.join('\n'));
}
