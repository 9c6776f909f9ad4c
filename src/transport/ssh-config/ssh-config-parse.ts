// Reads what `ssh -G` prints into a typed record (ssh_config(5)). Pure.
import { collectValues, ValueReader } from './ssh-config-values.ts';

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
  readonly hashKnownHosts: boolean;
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

/** Reads the output of `ssh -G`, of OpenSSH 7.4 and later. Keywords that occ does not act on are ignored. */
export function parseSshConfig(text: string): RawSshConfig {
  const values = new ValueReader(collectValues(text));
  return {
    ...place(values),
    ...hostKeys(values),
    ...keys(values),
    ...methods(values),
    ...algorithms(values),
    ...connection(values),
  };
}

function place(values: ValueReader) {
  const family = values.text('addressfamily');
  return {
    hostname: values.text('hostname') ?? '',
    user: values.text('user') ?? '',
    port: values.number('port', 22),
    addressFamily: family === 'inet' || family === 'inet6' ? family : 'any',
    bindAddress: values.text('bindaddress'),
    bindInterface: values.text('bindinterface'),
    proxyJump: values.unlessNone('proxyjump'),
    proxyCommand: values.unlessNone('proxycommand'),
    proxyUseFdpass: values.isYes('proxyusefdpass'),
  } as const;
}

function hostKeys(values: ValueReader) {
  return {
    hostKeyAlias: values.text('hostkeyalias'),
    hostKeyAlgorithms: values.commaList('hostkeyalgorithms'),
    // What a newer ssh may add must never weaken the check.
    strictHostKeyChecking: strictness[values.text('stricthostkeychecking') ?? 'ask'] ?? 'yes',
    userKnownHostsFiles: values.files('userknownhostsfile'),
    globalKnownHostsFiles: values.files('globalknownhostsfile'),
    knownHostsCommand: values.unlessNone('knownhostscommand'),
    revokedHostKeys: values.unlessNone('revokedhostkeys'),
    verifyHostKeyDns: /^(yes|true|ask)$/.test(values.text('verifyhostkeydns') ?? ''),
    hashKnownHosts: values.isYes('hashknownhosts'),
  };
}

function keys(values: ValueReader) {
  return {
    identityFiles: values.all('identityfile'),
    identitiesOnly: values.isYes('identitiesonly'),
    identityAgent: values.text('identityagent'),
    certificateFiles: values.all('certificatefile'),
    pkcs11Provider: values.unlessNone('pkcs11provider'),
    securityKeyProvider: values.unlessNone('securitykeyprovider'),
  };
}

function methods(values: ValueReader) {
  return {
    preferredAuthentications: values.commaList('preferredauthentications'),
    pubkeyAuthentication: values.isNotNo('pubkeyauthentication'),
    // Two keywords until OpenSSH 8.7: either of them was enough.
    kbdInteractiveAuthentication:
      values.isNotNo('kbdinteractiveauthentication') ||
      values.isYes('challengeresponseauthentication'),
    passwordAuthentication: values.isNotNo('passwordauthentication'),
    gssapiAuthentication: values.isYes('gssapiauthentication'),
    hostbasedAuthentication: values.isYes('hostbasedauthentication'),
    numberOfPasswordPrompts: values.number('numberofpasswordprompts', 3),
    batchMode: values.isYes('batchmode'),
  };
}

function algorithms(values: ValueReader) {
  return {
    kexAlgorithms: values.commaList('kexalgorithms'),
    ciphers: values.commaList('ciphers'),
    macs: values.commaList('macs'),
    // The second name is that of OpenSSH before 8.5.
    pubkeyAcceptedAlgorithms: values.commaList(
      'pubkeyacceptedalgorithms',
      'pubkeyacceptedkeytypes',
    ),
    requiredRsaSize: values.number('requiredrsasize', 0),
  };
}

function connection(values: ValueReader) {
  return {
    connectTimeout: values.number('connecttimeout', 0) || undefined,
    serverAliveInterval: values.number('serveraliveinterval', 0),
    serverAliveCountMax: values.number('serveralivecountmax', 3),
    controlPath: values.unlessNone('controlpath'),
    setEnv: values.all('setenv'),
  };
}
