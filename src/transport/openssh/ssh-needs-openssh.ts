// What a configuration asks for that only OpenSSH's own client does. Pure.
import { needsHostCertificate, type KnownHostLine } from '../host-keys/known-hosts.ts';
import { forbiddenBy } from '../ssh/ssh-allowed-algorithms.ts';
import { orderHostKeyAlgorithms } from '../ssh/ssh-algorithms.ts';
import type { SshConfig } from '../ssh-config/ssh-config.ts';

/** What is known before a connection is opened. */
export interface NeedContext {
  readonly config: SshConfig;
  readonly known: readonly KnownHostLine[];
  /** Whether the inventory names the only host keys that are accepted: known_hosts decides nothing then. */
  readonly isPinned: boolean;
}

/**
 * Why the connection has to be made by OpenSSH's client: the keyword of ssh_config(5), or what else asks for it.
 * Undefined when occ's own SSH will do.
 */
export function needsOpenSsh(context: NeedContext): string | undefined {
  const { config } = context;
  return byMethod(config) ?? byAlgorithm(config) ?? byHostKey(context) ?? byHelper(config);
}

/** A method that is named first is tried first; where it is only allowed, keys get their chance before it. */
function byMethod(config: SshConfig): string | undefined {
  const { preferredAuthentications, gssapiAuthentication, hostbasedAuthentication } = config;
  const [first = ''] = preferredAuthentications;
  const wanted =
    (first.startsWith('gssapi-') && gssapiAuthentication) ||
    (first === 'hostbased' && hostbasedAuthentication);
  return wanted ? `PreferredAuthentications ${first}` : undefined;
}

function byAlgorithm(config: SshConfig): string | undefined {
  const keyword = forbiddenBy(config);
  if (keyword !== undefined) return keyword;
  const { hostKeyAlgorithms } = config;
  const none = orderHostKeyAlgorithms(hostKeyAlgorithms, []).length === 0;
  return none && hostKeyAlgorithms.length > 0 ? 'HostKeyAlgorithms' : undefined;
}

function byHostKey({ config, known, isPinned }: NeedContext): string | undefined {
  // A key that is revoked is refused even where it is pinned.
  if (config.revokedHostKeys !== undefined) return 'RevokedHostKeys';
  if (isPinned) return undefined;
  if (needsHostCertificate(known, config.keyName)) return '@cert-authority in known_hosts';
  if (config.knownHostsCommand !== undefined) return 'KnownHostsCommand';
  return config.verifyHostKeyDns ? 'VerifyHostKeyDNS' : undefined;
}

function byHelper(config: SshConfig): string | undefined {
  if (config.pkcs11Provider !== undefined) return 'PKCS11Provider';
  return config.proxyUseFdpass && config.proxyCommand !== undefined ? 'ProxyUseFdpass' : undefined;
}
