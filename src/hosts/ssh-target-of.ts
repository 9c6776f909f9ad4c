// From a host's settings to where SSH connects: the same for connecting and for looking at the host key.
import type { SshTarget } from '../transport/ssh/ssh-target.ts';
import type { HostSettings } from './inventory-schema.ts';

/** Where ssh finds a host, from its settings. Paths are absolute already. */
export function sshTargetOf(host: string, settings: HostSettings): SshTarget {
  return {
    host,
    address: settings.address ?? host,
    user: settings.ssh_user,
    port: settings.ssh_port,
    configFile: settings.ssh_config,
    identityFile: settings.identity_file,
    proxyJump: settings.proxy_jump,
    connectTimeoutSeconds: settings.connect_timeout,
    pinnedHostKeys: settings.host_keys,
    passwordLogin: settings.password_login,
    warmSeconds: settings.warm_connections,
  };
}
