// The effective OpenSSH client configuration of a target: asked from `ssh -G`, which alone reads it right.
import { spawn } from 'node:child_process';
import { hostname as localHostname, userInfo } from 'node:os';
import { ConnectError } from '../errors.ts';
import { shellWord } from '../shell-word.ts';
import { messageOf } from '../thrown.ts';
import { hostKeyName, type HostKeyName } from './known-hosts.ts';
import { parseSshConfig, type RawSshConfig } from './ssh-config-parse.ts';
import { isLoginName, parseAddress, type SshTarget } from './ssh-target.ts';
import { expandPath, expandTokens, type TokenValues } from './ssh-tokens.ts';

/** The effective configuration with nothing left to expand: paths are absolute. */
export interface SshConfig extends Omit<RawSshConfig, 'identityAgent' | 'hostKeyAlias'> {
  /** Socket of the agent; undefined when there is none to ask. */
  readonly agentSocket: string | undefined;
  readonly keyName: HostKeyName;
}

/** What is needed to ask. */
export interface ResolveOptions {
  readonly signal: AbortSignal;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Asks `ssh -G` for a target's configuration and expands what it leaves.
 * @throws ConnectError `config` when ssh is missing, or refuses the configuration
 */
export async function resolveSshConfig(
  target: SshTarget,
  options: ResolveOptions,
): Promise<SshConfig> {
  const address = parseAddress(target.address, target.host);
  const argv = sshArguments(target);
  const raw = parseSshConfig(await askSsh(argv, target.host, options));
  try {
    return expand(raw, address.host, target, options.env);
  } catch (cause) {
    throw new ConnectError('config', `The SSH configuration cannot be used: ${messageOf(cause)}`, {
      host: target.host,
      hint: `Compare: ssh ${argv.map(shellWord).join(' ')}`,
      cause,
    });
  }
}

/** The arguments of ssh that print the configuration (ssh(1)). What the address names wins over the settings. */
export function sshArguments(target: SshTarget): string[] {
  const address = parseAddress(target.address, target.host);
  const user = address.user ?? target.user;
  const port = address.port ?? target.port;
  checkNames(target, user);
  return [
    '-T',
    '-G',
    ...(target.configFile === undefined ? [] : ['-F', expandHome(target.configFile)]),
    ...(user === undefined ? [] : ['-l', user]),
    ...(port === undefined ? [] : ['-p', String(port)]),
    ...(target.proxyJump === undefined ? [] : ['-o', `ProxyJump=${target.proxyJump}`]),
    '--',
    address.host,
  ];
}

/** ssh checks these itself since 9.6 only, and then not all of them. */
function checkNames({ host, proxyJump }: SshTarget, user: string | undefined): void {
  if (user !== undefined && !isLoginName(user)) {
    const hint = 'A login name holds no spaces and nothing that a shell would read.';
    throw new ConnectError('config', `“${user}” is not a login name`, { host, hint });
  }
  if (proxyJump === undefined || proxyJump === 'none') return;
  for (const hop of proxyJump.split(',')) parseAddress(hop.trim(), host);
}

function askSsh(argv: string[], host: string, options: ResolveOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('ssh', argv, { stdio: ['ignore', 'pipe', 'pipe'], env: options.env });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    const abort = (): void => {
      child.kill('SIGKILL');
      reject(options.signal.reason as Error);
    };
    options.signal.addEventListener('abort', abort, { once: true });
    if (options.signal.aborted) abort();
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    child.on('error', (cause: NodeJS.ErrnoException) => reject(cannotRun(cause, host)));
    child.on('close', (code) => {
      options.signal.removeEventListener('abort', abort);
      if (code === 0) resolve(Buffer.concat(out).toString('utf8'));
      else reject(refused(Buffer.concat(err).toString('utf8'), argv, host));
    });
  });
}

function cannotRun(cause: NodeJS.ErrnoException, host: string): ConnectError {
  const missing = cause.code === 'ENOENT';
  const message = missing
    ? 'The OpenSSH client (ssh) is not installed here; occ reads your SSH configuration with it'
    : `ssh could not be run: ${cause.message}`;
  const hint = missing
    ? 'Install it: apt-get install openssh-client (Debian, Ubuntu), dnf install openssh-clients (Fedora).'
    : undefined;
  return new ConnectError('config', message, { host, hint, cause });
}

function refused(stderr: string, argv: readonly string[], host: string): ConnectError {
  const lines = stderr.split('\n').filter((line) => line !== '' && !line.startsWith('Pseudo-'));
  const why = lines.join('; ').trim() || 'it gave no reason';
  const hint = `Try it: ssh ${argv.map(shellWord).join(' ')}`;
  return new ConnectError('config', `ssh refuses its configuration: ${why}`, { host, hint });
}

function expand(
  raw: RawSshConfig,
  originalHost: string,
  target: SshTarget,
  env: ResolveOptions['env'],
): SshConfig {
  const { identityAgent, hostKeyAlias, ...rest } = raw;
  const values = tokenValues(raw, originalHost);
  const path = (text: string): string => expandPath(text, values, env);
  const own = target.identityFile;
  return {
    ...rest,
    identityFiles: own === undefined ? raw.identityFiles.map(path) : [expandHome(own)],
    identitiesOnly: own !== undefined || raw.identitiesOnly,
    agentSocket: agentSocket(identityAgent, path, env),
    proxyCommand:
      raw.proxyCommand === undefined ? undefined : expandTokens(raw.proxyCommand, values),
    keyName: hostKeyName(raw.hostname, raw.port, hostKeyAlias),
  };
}

function tokenValues(raw: RawSshConfig, originalHost: string): TokenValues {
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
    proxyJump: raw.proxyJump ?? '',
    keyName: raw.hostKeyAlias ?? originalHost,
  };
}

function expandHome(path: string): string {
  return path === '~' || path.startsWith('~/') ? `${userInfo().homedir}${path.slice(1)}` : path;
}

/** IdentityAgent: a path, `$NAME` for a variable that holds one, `SSH_AUTH_SOCK` (the default), or `none`. */
function agentSocket(
  configured: string | undefined,
  path: (text: string) => string,
  env: ResolveOptions['env'],
): string | undefined {
  if (configured === 'none') return undefined;
  if (configured === undefined || configured === 'SSH_AUTH_SOCK') return env['SSH_AUTH_SOCK'];
  if (/^\$[A-Za-z_]\w*$/.test(configured)) return env[configured.slice(1)];
  return path(configured);
}
