// Whether the user's own master (ControlPath) leads where occ wants to go, as whom, and trusting whom.
import { lstat } from 'node:fs/promises';
import { resolveSshConfig, type SshConfig } from '../ssh-config/ssh-config.ts';
import { parseAddress, type SshOptions, type SshTarget } from '../ssh/ssh-target.ts';

/**
 * The user's master that ssh itself would use for this target now; undefined when there is none, or when it need not be
 * the same connection: the inventory names a key or pins host keys, which a master of the user's knows nothing of, or it
 * names a login, a port or a jump host that the path of the socket does not tell apart.
 * @returns the path of its socket; whether it works is not known
 */
export async function usersMaster(
  target: SshTarget,
  config: SshConfig,
  options: Pick<SshOptions, 'env' | 'stateDir'> & { readonly signal: AbortSignal },
): Promise<string | undefined> {
  const { controlPath } = config;
  if (controlPath === undefined || target.identityFile !== undefined) return undefined;
  if ((target.pinnedHostKeys ?? []).length > 0) return undefined;
  const found = await lstat(controlPath).catch(() => undefined);
  if (found?.isSocket() !== true) return undefined;
  for (const name of ['user', 'port', 'proxyJump'] as const) {
    const plain = without(target, name);
    if (plain === undefined) continue;
    const other = await resolveSshConfig(plain, options);
    if (other[name] !== config[name] && other.controlPath === controlPath) return undefined;
  }
  return controlPath;
}

/** The target without one of the settings that the inventory makes; undefined when it does not make it. */
function without(target: SshTarget, name: 'user' | 'port' | 'proxyJump'): SshTarget | undefined {
  const { user, port, host } = parseAddress(target.address, target.host);
  const whole = { ...target, address: host, user: user ?? target.user, port: port ?? target.port };
  return whole[name] === undefined ? undefined : { ...whole, [name]: undefined };
}
