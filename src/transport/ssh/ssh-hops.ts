// The jump host that a configuration puts in front of a server, as a target of its own.
import { ConnectError } from '../../errors.ts';
import type { SshConfig } from '../ssh-config/ssh-config.ts';
import type { SshOptions, SshTarget } from './ssh-target.ts';

/** More hops than anybody has; a configuration whose jump hosts lead back to each other ends here. */
const maxJumps = 8;

/** One server on the way. */
export interface Hop {
  /** With the host keys that the inventory pins for it. */
  readonly target: SshTarget;
  /** How the configuration names it; undefined for the host that the way leads to. */
  readonly jump: string | undefined;
  /** How many servers behind it are waited for. */
  readonly depth: number;
}

/** A jump host. */
export type JumpHop = Hop & { readonly jump: string };

/**
 * The jump host in front of a server, undefined when there is none. As OpenSSH does: the last one of the list is reached
 * over the ones before it, the first by its own configuration. The host's key is not for jump hosts. Where a password may
 * be asked for at the host, it may be at jump hosts too, each in its own name.
 * @throws ConnectError `config` when there are too many
 */
export function hopBefore(
  { target, depth }: Hop,
  { proxyJump }: Pick<SshConfig, 'proxyJump'>,
  { pinsOfJump, passwordAtJump }: Pick<SshOptions, 'pinsOfJump' | 'passwordAtJump'>,
): JumpHop | undefined {
  if (proxyJump === undefined) return undefined;
  if (depth >= maxJumps) throw tooManyJumps(target.host, proxyJump);
  const hops = proxyJump.split(',').map((hop) => hop.trim());
  const jump = hops.pop() ?? '';
  const { host, configFile, connectTimeoutSeconds, warmSeconds } = target;
  const before = hops.length > 0 ? { proxyJump: hops.join(',') } : {};
  const pinnedHostKeys = pinsOfJump?.(jump);
  const passwordLogin = target.passwordLogin === true || passwordAtJump?.(jump) === true;
  const common = { host, configFile, connectTimeoutSeconds, warmSeconds, pinnedHostKeys };
  return {
    target: { ...common, passwordLogin, address: jump, ...before },
    jump,
    depth: depth + 1,
  };
}

function tooManyJumps(host: string, proxyJump: string): ConnectError {
  const message = `More than ${maxJumps} jump hosts lead to ${host}; the last one wants ${proxyJump}`;
  const hint =
    'A jump host that goes through itself needs `ProxyJump none` in your ssh configuration.';
  return new ConnectError('config', message, { host, hint });
}
