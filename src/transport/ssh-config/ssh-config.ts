// The effective OpenSSH client configuration of a target: asked from `ssh -G`, which alone reads all of it right.
import { userInfo } from 'node:os';
import { ConnectError } from '../../errors.ts';
import { shellWord } from '../../shell-word.ts';
import { codeOf, messageOf } from '../../thrown.ts';
import { askSsh, type PrintedConfig } from './ssh-config-ask.ts';
import { cachedConfig } from './ssh-config-cache.ts';
import { expandSshConfig, type SshConfig } from './ssh-config-expand.ts';
import { parseSshConfig } from './ssh-config-parse.ts';
import { readConfigSubset } from './ssh-config-subset.ts';
import { SubsetError } from './ssh-config-subset-reader.ts';
import { isLoginName, parseAddress, type SshTarget } from '../ssh/ssh-target.ts';
import { expandTilde, type Variables } from './ssh-tokens.ts';

export type { SshConfig } from './ssh-config-expand.ts';

/** What is needed to ask. */
export interface ResolveOptions {
  readonly signal: AbortSignal;
  readonly env: Variables;
  /** Where answers of ssh are kept for later runs; without it, for this one only. */
  readonly stateDir?: string | undefined;
}

/**
 * Asks `ssh -G` for a target's configuration and expands what it leaves. Without an ssh client, reads the files itself.
 * @throws ConnectError `config` when the configuration is refused, or needs an ssh client and there is none
 */
export async function resolveSshConfig(
  target: SshTarget,
  options: ResolveOptions,
): Promise<SshConfig> {
  const { host } = target;
  const originalHost = parseAddress(target.address, host).host;
  const argv = sshArguments(target);
  const printed = await printConfig(target, argv, options);
  try {
    const raw = parseSshConfig(printed.text);
    return await expandSshConfig(raw, printed, { ...target, originalHost }, options.env);
  } catch (cause) {
    throw new ConnectError('config', `The SSH configuration cannot be used: ${messageOf(cause)}`, {
      host,
      hint: `Compare: ssh ${argv.map(shellWord).join(' ')}`,
      cause,
    });
  }
}

async function printConfig(
  target: SshTarget,
  argv: readonly string[],
  { signal, env, stateDir }: ResolveOptions,
): Promise<PrintedConfig> {
  try {
    const configFile = target.configFile && expandHome(target.configFile);
    return await cachedConfig({ argv, configFile, env, stateDir }, () =>
      askSsh(argv, { signal, env, host: target.host }),
    );
  } catch (error) {
    if (!(error instanceof Error) || codeOf(error.cause) !== 'ENOENT') throw error;
    return await readWithoutSsh(target);
  }
}

async function readWithoutSsh(target: SshTarget): Promise<PrintedConfig> {
  const { host, proxyJump, configFile } = target;
  const address = parseAddress(target.address, host);
  try {
    return await readConfigSubset({
      originalHost: address.host,
      user: address.user ?? target.user,
      port: address.port ?? target.port,
      proxyJump,
      configFile: configFile === undefined ? undefined : expandHome(configFile),
    });
  } catch (cause) {
    if (!(cause instanceof SubsetError)) throw cause;
    const message = `The SSH configuration cannot be read without the OpenSSH client: ${cause.message}`;
    const install =
      'Install it: apt-get install openssh-client (Debian, Ubuntu), dnf install openssh-clients (Fedora).';
    const hint = cause.needsSsh ? install : `Mend the configuration. ${install}`;
    throw new ConnectError('config', message, { host, hint, cause });
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

function expandHome(path: string): string {
  return path === '~' || path.startsWith('~/') ? expandTilde(path, userInfo().homedir) : path;
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
