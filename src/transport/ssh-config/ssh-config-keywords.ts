// The keywords of ssh_config(5), and how the value of each that occ acts on is read. Pure.
import { assembleAlgorithms, type AlgorithmDefaults } from './ssh-config-algorithms.ts';
import type { ConfigLine } from './ssh-config-line.ts';

/** How a keyword's value is read. `ignored`: known to OpenSSH, and nothing that occ acts on. */
export type KeywordKind =
  | 'block'
  | 'word'
  | 'command'
  | 'jump'
  | 'flag'
  | 'choice'
  | 'number'
  | 'time'
  | 'port'
  | 'files'
  | 'file'
  | 'algorithms'
  | 'environment'
  | 'canonical'
  | 'ignored';

const used: Readonly<Record<Exclude<KeywordKind, 'ignored'>, string>> = {
  block: 'host match include',
  word:
    'hostname user bindaddress bindinterface hostkeyalias preferredauthentications pkcs11provider ' +
    'securitykeyprovider revokedhostkeys controlpath identityagent ignoreunknown tag',
  command: 'proxycommand knownhostscommand',
  jump: 'proxyjump',
  flag:
    'identitiesonly batchmode proxyusefdpass kbdinteractiveauthentication passwordauthentication ' +
    'gssapiauthentication hostbasedauthentication nohostauthenticationforlocalhost',
  choice: 'addressfamily stricthostkeychecking pubkeyauthentication verifyhostkeydns',
  number: 'numberofpasswordprompts serveralivecountmax requiredrsasize',
  time: 'connecttimeout serveraliveinterval',
  port: 'port',
  files: 'userknownhostsfile globalknownhostsfile',
  file: 'identityfile certificatefile',
  algorithms: 'kexalgorithms ciphers macs hostkeyalgorithms pubkeyacceptedalgorithms',
  environment: 'setenv',
  canonical: 'canonicalizehostname canonicalizepermittedcnames',
};

/** Deprecated ones, and those that distributions add, among them. */
const ignored =
  'addkeystoagent afstokenpassing canonicaldomains canonicalizefallbacklocal canonicalizemaxdots ' +
  'casignaturealgorithms channeltimeout checkhostip cipher clearallforwardings compression compressionlevel ' +
  'connectionattempts controlmaster controlpersist dynamicforward enableescapecommandline enablesshkeysign escapechar ' +
  'exitonforwardfailure fallbacktorsh fingerprinthash forkafterauthentication forwardagent forwardx11 ' +
  'forwardx11timeout forwardx11trusted gatewayports globalknownhostsfile2 gssapiclientidentity ' +
  'gssapidelegatecredentials gssapikexalgorithms gssapikeyexchange gssapirenewalforcesrekey gssapiserveridentity ' +
  'gssapitrustdns hashknownhosts hostbasedacceptedalgorithms hostbasedkeytypes ipqos kbdinteractivedevices keepalive ' +
  'kerberosauthentication kerberostgtpassing localcommand localforward logfacility loglevel logverbose ' +
  'obscurekeystroketiming permitlocalcommand permitremoteopen protocol refuseconnection rekeylimit remotecommand ' +
  'remoteforward requesttty rhostsauthentication rhostsrsaauthentication rsaauthentication sendenv sessiontype ' +
  'stdinnull streamlocalbindmask streamlocalbindunlink syslogfacility tcpkeepalive tunnel tunneldevice ' +
  'updatehostkeys useprivilegedport userknownhostsfile2 useroaming usersh versionaddendum visualhostkey ' +
  'warnweakcrypto xauthlocation';

/** Other names of keywords. */
const aliases: Readonly<Record<string, string>> = {
  challengeresponseauthentication: 'kbdinteractiveauthentication',
  skeyauthentication: 'kbdinteractiveauthentication',
  tisauthentication: 'kbdinteractiveauthentication',
  dsaauthentication: 'pubkeyauthentication',
  identityfile2: 'identityfile',
  smartcarddevice: 'pkcs11provider',
  pubkeyacceptedkeytypes: 'pubkeyacceptedalgorithms',
};

const kinds = new Map<string, KeywordKind>(
  [...Object.entries({ ...used, ignored })].flatMap(([kind, names]) =>
    names.split(' ').map((name) => [name, kind as KeywordKind] as const),
  ),
);

/** What a keyword is; undefined when OpenSSH does not know it. */
export function keywordOf(
  name: string,
): { readonly name: string; readonly kind: KeywordKind } | undefined {
  const canonical = Object.hasOwn(aliases, name) ? (aliases[name] ?? name) : name;
  const kind = kinds.get(canonical);
  return kind && { name: canonical, kind };
}

const choices: Readonly<Record<string, readonly string[]>> = {
  flag: ['yes', 'no', 'true', 'false'],
  addressfamily: ['any', 'inet', 'inet6'],
  stricthostkeychecking: ['yes', 'no', 'true', 'false', 'ask', 'off', 'accept-new'],
  pubkeyauthentication: ['yes', 'no', 'true', 'false', 'unbound', 'host-bound'],
  verifyhostkeydns: ['yes', 'no', 'true', 'false', 'ask'],
  canonicalizehostname: ['yes', 'no', 'true', 'false', 'always'],
};

/**
 * Reads a value that is one word, and spells it as `ssh -G` prints it.
 * @throws Error when it is none that the keyword takes
 */
export function readWordValue(name: string, kind: KeywordKind, { args }: ConfigLine): string {
  const [word, ...more] = args;
  if (word === undefined || word === '') throw new Error(`${name} needs a value`);
  if (more.length > 0) throw new Error(`${name} has more than one value`);
  if (kind === 'flag') return readChoice(name, word, choices['flag'] ?? []);
  if (kind === 'choice') return readChoice(name, word, choices[name] ?? []);
  if (kind === 'number') return requireMatch(name, word, /^[-+]?\d+$/);
  if (kind === 'port') return String(readPort(name, word));
  return kind === 'time' ? String(readTime(name, word)) : word;
}

/** @throws Error when it is none of the words */
export function readChoice(name: string, word: string, words: readonly string[]): string {
  const found = words.find((each) => each === word.toLowerCase());
  if (found === undefined) throw new Error(`${name} takes ${words.join(', ')}, not “${word}”`);
  return found;
}

/** The words of CanonicalizeHostname. */
export const canonicalizeWords = choices['canonicalizehostname'] ?? [];

function requireMatch(name: string, word: string, pattern: RegExp): string {
  if (!pattern.test(word)) throw new Error(`“${word}” is nothing that ${name} takes`);
  return word;
}

function readPort(name: string, word: string): number {
  const port = Number(requireMatch(name, word, /^\d+$/));
  if (port < 1 || port > 65_535) throw new Error(`“${word}” is not a port`);
  return port;
}

const unitSeconds: Readonly<Record<string, number>> = {
  s: 1,
  m: 60,
  h: 3600,
  d: 86_400,
  w: 604_800,
};

/** Seconds of `90`, `1m30s` and so on (sshd_config(5), TIME FORMATS); -1 for `none`. */
function readTime(name: string, word: string): number {
  if (word === 'none') return -1;
  requireMatch(name, word, /^(\d+[smhdw]?)+$/i);
  const parts = word.toLowerCase().matchAll(/(\d+)([smhdw]?)/g);
  return [...parts].reduce(
    (sum, [, count, unit = 's']) => sum + Number(count) * (unitSeconds[unit || 's'] ?? 1),
    0,
  );
}

/** What holds where no line says otherwise, as `ssh -G` prints it. */
export interface ConfigDefaults extends AlgorithmDefaults {
  readonly identityfile: readonly string[];
  readonly requiredrsasize: string;
}

/** Fills in defaults and applies `+`, `-` and `^`. */
export function withDefaults(
  values: ReadonlyMap<string, readonly string[]>,
  defaults: ConfigDefaults,
): Map<string, readonly string[]> {
  const filled = new Map<string, readonly string[]>([
    ['identityfile', defaults.identityfile],
    ['requiredrsasize', [defaults.requiredrsasize]],
    ['securitykeyprovider', ['internal']],
    ['userknownhostsfile', ['~/.ssh/known_hosts ~/.ssh/known_hosts2']],
    ['globalknownhostsfile', ['/etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2']],
    ...values,
  ]);
  for (const key of used.algorithms.split(' ') as (keyof AlgorithmDefaults)[]) {
    filled.set(key, [assembleAlgorithms(values.get(key)?.[0], defaults[key]).join(',')]);
  }
  return filled;
}
