// Reads what `ssh -G` prints into a typed record (ssh_config(5)). Pure.

/** The part of the effective OpenSSH client configuration that occ acts on, as `ssh -G` prints it. */
export interface RawSshConfig {
  /** After HostName was applied. */
  readonly hostname: string;
  readonly user: string;
  readonly port: number;
  readonly addressFamily: 'any' | 'inet' | 'inet6';
  readonly bindAddress: string | undefined;
  readonly hostKeyAlias: string | undefined;
  readonly hostKeyAlgorithms: readonly string[];
  readonly strictHostKeyChecking: 'yes' | 'ask' | 'accept-new' | 'no';
  readonly userKnownHostsFiles: readonly string[];
  readonly globalKnownHostsFiles: readonly string[];
  readonly identityFiles: readonly string[];
  readonly identitiesOnly: boolean;
  readonly identityAgent: string | undefined;
  readonly pubkeyAuthentication: boolean;
  readonly batchMode: boolean;
  readonly proxyJump: string | undefined;
  readonly proxyCommand: string | undefined;
  readonly proxyUseFdpass: boolean;
  /** Seconds; 0 is off. */
  readonly serverAliveInterval: number;
  readonly serverAliveCountMax: number;
  /** Seconds; undefined when the configuration does not say. */
  readonly connectTimeout: number | undefined;
  readonly bindInterface: string | undefined;
  readonly certificateFiles: readonly string[];
  /** Socket of the user's own master; undefined for `none`. */
  readonly controlPath: string | undefined;
  /** As configured, after `+`, `-` and `^` were applied. */
  readonly kexAlgorithms: readonly string[];
  readonly ciphers: readonly string[];
  readonly macs: readonly string[];
  readonly pubkeyAcceptedAlgorithms: readonly string[];
  /** Bits. */
  readonly requiredRsaSize: number;
  /** In this order; empty when the configuration does not say. */
  readonly preferredAuthentications: readonly string[];
  readonly kbdInteractiveAuthentication: boolean;
  readonly passwordAuthentication: boolean;
  readonly gssapiAuthentication: boolean;
  readonly hostbasedAuthentication: boolean;
  readonly numberOfPasswordPrompts: number;
  readonly pkcs11Provider: string | undefined;
  readonly securityKeyProvider: string | undefined;
  readonly knownHostsCommand: string | undefined;
  readonly revokedHostKeys: string | undefined;
  readonly verifyHostKeyDns: boolean;
  readonly noHostAuthenticationForLocalhost: boolean;
  /** `NAME=value` of SetEnv. */
  readonly setEnv: readonly string[];
}

const strictness: Readonly<Record<string, RawSshConfig['strictHostKeyChecking']>> = {
  yes: 'yes',
  true: 'yes',
  ask: 'ask',
  'accept-new': 'accept-new',
  no: 'no',
  off: 'no',
  false: 'no',
};

/** Reads the output of `ssh -G`. Keys that occ does not act on are ignored. */
export function parseSshConfig(text: string): RawSshConfig {
  const values = collect(text);
  const one = (key: string): string | undefined => values.get(key)?.[0];
  const set = (key: string): string | undefined => {
    const value = one(key);
    return value === undefined || value === 'none' ? undefined : value;
  };
  const flag = (key: string): boolean => /^(yes|true)$/.test(one(key) ?? '');
  const flagUnlessNo = (key: string): boolean => !/^(no|false)$/.test(one(key) ?? '');
  const list = (key: string): string[] =>
    (one(key) ?? '').split(',').filter((item) => item !== '' && item !== 'none');
  const family = one('addressfamily');
  return {
    hostname: one('hostname') ?? '',
    user: one('user') ?? '',
    port: Number(one('port') ?? 22),
    addressFamily: family === 'inet' || family === 'inet6' ? family : 'any',
    bindAddress: set('bindaddress'),
    hostKeyAlias: set('hostkeyalias'),
    hostKeyAlgorithms: list('hostkeyalgorithms'),
    // What a newer ssh may add must never weaken the check.
    strictHostKeyChecking: strictness[one('stricthostkeychecking') ?? 'ask'] ?? 'yes',
    userKnownHostsFiles: fileList(one('userknownhostsfile')),
    globalKnownHostsFiles: fileList(one('globalknownhostsfile')),
    identityFiles: (values.get('identityfile') ?? []).filter((file) => file !== 'none'),
    identitiesOnly: flag('identitiesonly'),
    identityAgent: one('identityagent'),
    pubkeyAuthentication: flagUnlessNo('pubkeyauthentication'),
    batchMode: flag('batchmode'),
    proxyJump: set('proxyjump'),
    proxyCommand: set('proxycommand'),
    proxyUseFdpass: flag('proxyusefdpass'),
    serverAliveInterval: seconds(one('serveraliveinterval')),
    serverAliveCountMax: Number(one('serveralivecountmax') ?? 3),
    connectTimeout: seconds(one('connecttimeout')) || undefined,
    bindInterface: set('bindinterface'),
    certificateFiles: values.get('certificatefile') ?? [],
    controlPath: set('controlpath'),
    kexAlgorithms: list('kexalgorithms'),
    ciphers: list('ciphers'),
    macs: list('macs'),
    pubkeyAcceptedAlgorithms: list('pubkeyacceptedalgorithms'),
    requiredRsaSize: seconds(one('requiredrsasize')),
    preferredAuthentications: list('preferredauthentications'),
    kbdInteractiveAuthentication: flagUnlessNo('kbdinteractiveauthentication'),
    passwordAuthentication: flagUnlessNo('passwordauthentication'),
    gssapiAuthentication: flag('gssapiauthentication'),
    hostbasedAuthentication: flag('hostbasedauthentication'),
    numberOfPasswordPrompts: Number(one('numberofpasswordprompts') ?? 3),
    pkcs11Provider: set('pkcs11provider'),
    securityKeyProvider: set('securitykeyprovider'),
    knownHostsCommand: set('knownhostscommand'),
    revokedHostKeys: set('revokedhostkeys'),
    verifyHostKeyDns: /^(yes|true|ask)$/.test(one('verifyhostkeydns') ?? ''),
    noHostAuthenticationForLocalhost: flag('nohostauthenticationforlocalhost'),
    setEnv: values.get('setenv') ?? [],
  };
}

function collect(text: string): Map<string, string[]> {
  const values = new Map<string, string[]>();
  for (const line of text.split(/\r?\n/)) {
    const space = line.indexOf(' ');
    if (space === -1) continue;
    const key = line.slice(0, space).toLowerCase();
    values.set(key, [...(values.get(key) ?? []), line.slice(space + 1)]);
  }
  return values;
}

function seconds(text: string | undefined): number {
  const value = Number(text ?? 0);
  return Number.isFinite(value) && value > 0 ? value : 0;
}

/** `ssh -G` prints the files of one list with single spaces and no quotes, so a path that holds a space is cut. */
function fileList(text: string | undefined): string[] {
  if (text === undefined || text === 'none') return [];
  return text.split(' ').filter((file) => file !== '');
}
