// Generates SSH configurations for the oracle tests, always the same ones for a seed.
import { userInfo } from 'node:os';
import type { SshTarget } from '../../../src/transport/ssh/ssh-target.ts';

/** A configuration and how its host is named. `@DIR@` stands for the directory of the files. */
export interface ConfigCase {
  readonly files: Readonly<Record<string, string>>;
  readonly target: Pick<SshTarget, 'address' | 'user' | 'port' | 'proxyJump'>;
}

/** `print`: everything. `connect`: what ssh can act on without a server, with a ProxyCommand that ends at once. */
export type CaseKind = 'print' | 'connect';

/** Generates configurations. */
export function configCases(count: number, seed: number, kind: CaseKind = 'print'): ConfigCase[] {
  const random = numbers(seed);
  return Array.from({ length: count }, () => new Generator(random, kind).case());
}

/** Mulberry32: numbers from 0 up to 1. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const hosts = ['web-1', 'web-2', 'Web-1', 'db.example', 'a.b.example', '10.0.0.7', '::1'];
const patterns = [
  '*',
  'web-?',
  'web-*',
  '*.example',
  'db*',
  '10.0.0.*',
  '?::1',
  'web-1',
  '*-1',
  'Web*',
];
const users = ['deploy', 'root', 'me', userInfo().username];
const flags = ['yes', 'no', 'true', 'False', 'YES'];
const files = [
  '~/.ssh/id_%h',
  '%d/keys/%r@%n',
  '/keys/%C',
  '${OCC_TEST_DIR}/key-%u-%i',
  '"~/keys x/%k-%p"',
  '~root/.ssh/%L',
  '/keys/100%%',
  '/keys/with\\ space',
  'relative-%l',
];

/** Values by keyword. What stands in `files` is for keywords that take a path with every token. */
const values: Readonly<Record<string, readonly string[]>> = {
  HostName: [
    '%h.example',
    'real-%h',
    'Real.Example',
    '10.1.2.3',
    '0:0:0:0:0:0:0:1',
    'x%%%h',
    '"quoted"',
  ],
  User: users,
  Port: ['22', '2222', '022', '65535'],
  AddressFamily: ['any', 'inet', 'INET6'],
  BindAddress: ['10.9.9.9', '::1'],
  BindInterface: ['lo'],
  HostKeyAlias: ['Alias.Example', 'none', 'key-of-web'],
  StrictHostKeyChecking: ['yes', 'no', 'ask', 'accept-new', 'off', 'TRUE', 'false'],
  UserKnownHostsFile: [
    '/nope/a /nope/b',
    'none',
    '"/nope/a b/known"',
    '~/nope_%k ~root/nope',
    '${OCC_TEST_DIR}/known /nope/%h',
  ],
  GlobalKnownHostsFile: ['/nope/global', 'none', '~/nope-global "/nope/two words"'],
  IdentityFile: [...files, 'none'],
  CertificateFile: files,
  IdentitiesOnly: flags,
  IdentityAgent: [
    'none',
    'SSH_AUTH_SOCK',
    '$OCC_TEST_SOCKET',
    '${OCC_TEST_SOCKET}',
    '~/agent-%r',
    '%d/%%a',
  ],
  ControlPath: ['~/cm-%C', 'none', '@DIR@/%r@%h:%p', '@DIR@/%%%n', '"@DIR@/m %k"'],
};

const printedOnly: Readonly<Record<string, readonly string[]>> = {
  PubkeyAuthentication: ['yes', 'no', 'unbound', 'host-bound'],
  ProxyUseFdpass: flags,
  ServerAliveInterval: ['15', '1m', '1h30m', '90s', '1W', 'none'],
  ServerAliveCountMax: ['1', '7'],
  ConnectTimeout: ['5', 'none', '2m', '0'],
  KexAlgorithms: [
    '+diffie-hellman-group14-sha1',
    '-sntrup*',
    '^ecdh-sha2-nistp256',
    'curve25519-sha256',
  ],
  Ciphers: ['aes128-ctr,aes256-ctr', '-aes*', '+aes256-cbc', '^aes256-gcm@openssh.com'],
  MACs: ['hmac-sha2-256', '-umac*,hmac-sha1', '+hmac-md5'],
  HostKeyAlgorithms: [
    'ssh-ed25519,rsa-sha2-512',
    '+ssh-rsa',
    '-ecdsa*',
    '^rsa-sha2-256',
    'ssh-ed25519*',
  ],
  PubkeyAcceptedAlgorithms: ['+ssh-rsa', '-*cert*', 'ssh-ed25519'],
  PubkeyAcceptedKeyTypes: ['rsa-sha2-512'],
  RequiredRSASize: ['2048'],
  PreferredAuthentications: ['publickey', 'gssapi-with-mic,keyboard-interactive,password'],
  KbdInteractiveAuthentication: flags,
  ChallengeResponseAuthentication: flags,
  PasswordAuthentication: flags,
  GSSAPIAuthentication: flags,
  HostbasedAuthentication: flags,
  NumberOfPasswordPrompts: ['1', '0'],
  PKCS11Provider: ['/usr/lib/pkcs11.so', 'none'],
  SecurityKeyProvider: ['internal', 'none', '$OCC_TEST_SOCKET', '/usr/lib/sk.so'],
  KnownHostsCommand: ['/usr/bin/keys %H %t # all of it', 'none'],
  RevokedHostKeys: ['/etc/revoked', 'none', '"/etc/re voked"'],
  VerifyHostKeyDNS: ['yes', 'no', 'ask'],
  NoHostAuthenticationForLocalhost: flags,
  SetEnv: ['A=b', 'A=b "C=d e" A=again', 'X='],
  ProxyCommand: [
    'nc -X connect %h %p',
    'relay --as %r "%n" \'%k\' # 100%%',
    'none',
    'sh -c "echo ${HOME}"',
  ],
  ProxyJump: [
    'jump',
    'a@b:2222,[::1]:44',
    'none',
    'ssh://c@d:33',
    '10.0.0.1',
    'x,y,z@10.2.3.4:5',
    'h:',
  ],
  Compression: flags.slice(0, 2),
  ForwardAgent: flags,
  SendEnv: ['LANG LC_*'],
  LogLevel: ['VERBOSE'],
  AddKeysToAgent: ['5m'],
};

const broken = [
  'Prot 22',
  'Port 0',
  'Port many',
  'User a b',
  'IdentityFile',
  'StrictHostKeyChecking maybe',
  'UserKnownHostsFile /a none',
  'HostName "open',
  'Match',
  'Match user',
  'Match nothing x',
  'ProxyJump a:b',
  'SetEnv A',
  'ConnectTimeout 5y',
];
/** Fine to read, and refused when they are expanded. */
const unusable = ['IdentityFile /keys/%z', 'IdentityFile ${OCC_TEST_UNSET}/x', 'ControlPath /x/%'];

class Generator {
  readonly #random: () => number;
  readonly #kind: CaseKind;
  readonly #keywords: readonly (readonly [string, readonly string[]])[];
  readonly #files: Record<string, string> = {};

  constructor(random: () => number, kind: CaseKind) {
    this.#random = random;
    this.#kind = kind;
    const all = kind === 'print' ? { ...values, ...printedOnly } : values;
    this.#keywords = Object.entries(all);
  }

  case(): ConfigCase {
    // Ends once ssh has said what it offers, which it does after looking for known keys.
    const hello =
      'ProxyCommand sh -c \'echo "SSH-2.0-occ %h:%p as %r to %n with %k 100%%"; head -c 200 >/dev/null\'\n';
    const start = this.#kind === 'connect' ? hello : '';
    const address = this.#one(hosts);
    const target = {
      address,
      ...(this.#chance(0.2) && { user: this.#one(users) }),
      ...(this.#chance(0.2) && { port: 2200 + this.#below(9) }),
      ...(this.#kind === 'print' &&
        this.#chance(0.1) && { proxyJump: this.#one(['j', 'none', 'u@k:1']) }),
    };
    this.#files['config'] = start + this.#blocks(3, 0);
    return { files: this.#files, target };
  }

  #blocks(count: number, depth: number): string {
    const blocks = Array.from({ length: 1 + this.#below(count) }, () => this.#block(depth));
    return [this.#options(1 + this.#below(3)), ...blocks].join('');
  }

  #block(depth: number): string {
    const head = this.#chance(0.6) ? this.#hostLine() : this.#matchLine();
    const include = depth < 2 && this.#chance(0.3) ? this.#include(depth) : '';
    return `${head}\n${this.#options(2 + this.#below(6))}${include}`;
  }

  #hostLine(): string {
    const some = Array.from({ length: 1 + this.#below(3) }, () => {
      const negation = this.#chance(0.2) ? '!' : '';
      return negation + this.#one(this.#chance(0.3) ? hosts : patterns);
    });
    return this.#styled('Host', some.join(' '));
  }

  #matchLine(): string {
    const list = (): string =>
      Array.from({ length: 1 + this.#below(2) }, () => this.#negated(this.#one(patterns))).join(
        ',',
      );
    const criteria = [
      () => 'all',
      () => `${this.#negated('host')} ${list()}`,
      () => `${this.#negated('originalhost')} ${list()}`,
      () => `${this.#negated('user')} ${this.#one(users)},de*`,
      () => `${this.#negated('localuser')} ${this.#one(users)}`,
      () => this.#negated('final'),
      () => this.#negated('canonical'),
      () => `final host ${list()}`,
      () => `host ${list()} user ${this.#one(users)}`,
      () => 'final all',
    ];
    return `${this.#one(['Match', 'match', '  MATCH'])} ${this.#one(criteria)()}`;
  }

  #negated(text: string): string {
    return this.#chance(0.2) ? `!${text}` : text;
  }

  #include(depth: number): string {
    const number = Object.keys(this.#files).length;
    const name = this.#one([`parts/${number}.conf`, `parts/with space ${number}`]);
    // Taken before what it includes, so that no two get one name.
    this.#files[name] = '';
    this.#files[name] = this.#blocks(2, depth + 1);
    const pattern = this.#one([
      '@DIR@/parts/*.conf',
      `"@DIR@/${name}"`,
      '@DIR@/none/*',
      '@DIR@/parts/[0-2]*',
    ]);
    return `Include ${pattern}\n`;
  }

  #options(count: number): string {
    const lines = Array.from({ length: count }, () => this.#option());
    if (this.#chance(0.008)) lines.push(this.#one(broken));
    if (this.#chance(0.004)) lines.push(this.#one(unusable));
    if (this.#chance(0.05)) lines.push('IgnoreUnknown NotOurs*,x', '  NotOursAtAll "some value" #');
    if (this.#chance(0.2)) lines.push('', '  # a comment', '\t');
    return lines.map((line) => `${line}${this.#chance(0.05) ? '\r' : ''}\n`).join('');
  }

  #option(): string {
    const [keyword, some] = this.#one(this.#keywords);
    return this.#styled(keyword, this.#one(some));
  }

  #styled(keyword: string, value: string): string {
    const name = this.#one([keyword, keyword.toLowerCase(), keyword.toUpperCase()]);
    const between = this.#one([' ', '  ', '\t', '=', ' = ', '= ']);
    const indent = this.#one(['', '  ', '\t']);
    const isCommand = /Command$|^ProxyJump$/.test(keyword);
    const end = isCommand ? '' : this.#one(['', '', ' ', ' # comment', '\t']);
    return `${indent}${name}${between}${value}${end}`;
  }

  #chance(probability: number): boolean {
    return this.#random() < probability;
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  #one<Value>(some: readonly Value[]): Value {
    return some[this.#below(some.length)] as Value;
  }
}
