// Makes the printed configuration of OpenSSH one that can be acted on: nothing left to expand, settings applied.
import { hostname as localHostname, userInfo } from 'node:os';
import { hostKeyName, type HostKeyName } from '../host-keys/known-hosts.ts';
import type { PrintedConfig } from './ssh-config-ask.ts';
import type { RawSshConfig } from './ssh-config-parse.ts';
import { findHomes } from './ssh-home.ts';
import type { SshTarget } from '../ssh/ssh-target.ts';
import {
  expandPath,
  expandProxyCommand,
  expandTilde,
  tildeUser,
  type TokenValues,
  type Variables,
} from './ssh-tokens.ts';

/** The effective configuration with nothing left to expand: paths are absolute. */
export interface SshConfig extends Omit<RawSshConfig, 'identityAgent' | 'hostKeyAlias'> {
  /** Socket of the agent; undefined when there is none to ask. */
  readonly agentSocket: string | undefined;
  readonly keyName: HostKeyName;
}

/** What OpenSSH itself expands before it prints, and since which version (902 is 9.2). */
const expandedSince = {
  controlPath: 0,
  identityAgent: 803,
  userKnownHostsFiles: 804,
  revokedHostKeys: 904,
} as const;

/** OpenSSH puts the jump host into `%C` since this version. */
const jumpHashedSince = 906;

/**
 * Expands each value by the rules of its keyword (ssh_config(5), TOKENS and ENVIRONMENT VARIABLES).
 * @throws Error for an unknown token, user or variable
 */
export async function expandSshConfig(
  raw: RawSshConfig,
  printed: Pick<PrintedConfig, 'source' | 'version'>,
  target: SshTarget & { readonly originalHost: string },
  env: Variables,
): Promise<SshConfig> {
  const { identityAgent, hostKeyAlias, ...rest } = raw;
  const own = target.identityFile;
  const homeOf = await findHomes(usersIn(raw, own));
  const values = tokenValues(raw, target.originalHost, printed);
  const path = (text: string): string => expandPath(text, values, env, homeOf);
  const tilde = (text: string): string => expandTilde(text, values.home, homeOf);
  const { source, version = Infinity } = printed;
  const unlessDone = (key: keyof typeof expandedSince): ((text: string) => string) =>
    source === 'ssh' && version >= expandedSince[key] ? (text) => text : path;
  return {
    ...rest,
    identityFiles: own === undefined ? raw.identityFiles.map(path) : [tilde(own)],
    identitiesOnly: own !== undefined || raw.identitiesOnly,
    certificateFiles: raw.certificateFiles.map(path),
    agentSocket: agentSocket(identityAgent, unlessDone('identityAgent'), env),
    userKnownHostsFiles: raw.userKnownHostsFiles.map(unlessDone('userKnownHostsFiles')),
    globalKnownHostsFiles: raw.globalKnownHostsFiles.map(tilde),
    revokedHostKeys: optional(raw.revokedHostKeys, unlessDone('revokedHostKeys')),
    controlPath: optional(raw.controlPath, unlessDone('controlPath')),
    proxyCommand: optional(raw.proxyCommand, (text) => expandProxyCommand(text, values)),
    securityKeyProvider: optional(raw.securityKeyProvider, (text) => variable(text, env) ?? text),
    keyName: hostKeyName(raw.hostname, raw.port, hostKeyAlias),
  };
}

function optional(text: string | undefined, expand: (text: string) => string): string | undefined {
  return text === undefined ? undefined : expand(text);
}

function usersIn(raw: RawSshConfig, identityFile: string | undefined): string[] {
  const paths = [
    identityFile,
    raw.identityAgent,
    raw.controlPath,
    raw.revokedHostKeys,
    ...raw.identityFiles,
    ...raw.certificateFiles,
    ...raw.userKnownHostsFiles,
    ...raw.globalKnownHostsFiles,
  ];
  return paths.flatMap((path) => tildeUser(path ?? '') ?? []);
}

function tokenValues(
  raw: RawSshConfig,
  originalHost: string,
  { version = Infinity }: Pick<PrintedConfig, 'version'>,
): TokenValues {
  const me = userInfo();
  return {
    originalHost,
    hostname: raw.hostname,
    port: raw.port,
    remoteUser: raw.user,
    localUser: me.username,
    localUid: me.uid,
    localHostname: localHostname(),
    // ssh takes the home from the password database, not from HOME.
    home: me.homedir,
    jumpHost: jumpHostOf(raw.proxyJump),
    hashesJump: version >= jumpHashedSince,
    keyName: raw.hostKeyAlias ?? originalHost,
  };
}

/** The name of the last jump host, without user, port and brackets. */
function jumpHostOf(proxyJump: string | undefined): string {
  const last = proxyJump?.split(',').at(-1)?.trim() ?? '';
  const [, bracketed, plain] = /^(?:.*@)?(?:\[([^\]]*)\]|([^:]*))/.exec(last) ?? [];
  return bracketed ?? plain ?? '';
}

/** IdentityAgent: a path, `$NAME` for a variable that holds one, `SSH_AUTH_SOCK` (the default), or `none`. */
function agentSocket(
  configured: string | undefined,
  path: (text: string) => string,
  env: Variables,
): string | undefined {
  if (configured === 'none') return undefined;
  if (configured === undefined || configured === 'SSH_AUTH_SOCK') return env['SSH_AUTH_SOCK'];
  if (isVariable(configured)) return variable(configured, env);
  return path(configured);
}

/** The value of `$NAME`. */
function variable(text: string, env: Variables): string | undefined {
  return isVariable(text) ? env[text.slice(1)] : undefined;
}

function isVariable(text: string): boolean {
  return /^\$[A-Za-z_]\w*$/.test(text);
}
