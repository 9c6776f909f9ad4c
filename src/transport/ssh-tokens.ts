// Expands what `ssh -G` leaves as it was written: `~`, %-tokens, environment variables (ssh_config(5), TOKENS). Pure.
import { createHash } from 'node:crypto';
import { join } from 'node:path';

/** What tokens stand for. */
export interface TokenValues {
  /** `%n`: the host as it was named. */
  readonly originalHost: string;
  /** `%h`: after HostName was applied. */
  readonly hostname: string;
  /** `%p` */
  readonly port: number;
  /** `%r`: login name on the host. */
  readonly remoteUser: string;
  /** `%u`: login name here. */
  readonly localUser: string;
  /** `%i`: user id here. */
  readonly localUid: number;
  /** `%l` and, up to its first dot, `%L`: this machine's name. */
  readonly localHostname: string;
  /** `%d` and `~` */
  readonly home: string;
  /** `%j`: ProxyJump, empty when there is none. */
  readonly proxyJump: string;
  /** `%k`: the host key alias if set, else the host as it was named. */
  readonly keyName: string;
}

/** Replaces %-tokens. An unknown one is an error, as it is for ssh. */
export function expandTokens(text: string, values: TokenValues): string {
  return text.replace(/%(.?)/gs, (_match, token: string) => {
    const value = tokenValue(token, values);
    if (value === undefined) throw new Error(`unknown token %${token} in “${text}”`);
    return value;
  });
}

function tokenValue(token: string, values: TokenValues): string | undefined {
  const table: Readonly<Record<string, string>> = {
    '%': '%',
    C: connectionHash(values),
    d: values.home,
    h: values.hostname,
    i: String(values.localUid),
    j: values.proxyJump,
    k: values.keyName,
    L: values.localHostname.split('.')[0] ?? '',
    l: values.localHostname,
    n: values.originalHost,
    p: String(values.port),
    r: values.remoteUser,
    u: values.localUser,
  };
  return table[token];
}

/** `%C`: SHA-1 of `%l%h%p%r%j`. */
function connectionHash(values: TokenValues): string {
  const { localHostname, hostname, port, remoteUser, proxyJump } = values;
  return createHash('sha1')
    .update(`${localHostname}${hostname}${port}${remoteUser}${proxyJump}`)
    .digest('hex');
}

/** Replaces `${NAME}`. An unset variable is an error, as it is for ssh. */
function expandVariables(text: string, env: Readonly<Record<string, string | undefined>>): string {
  return text.replace(/\$\{([^}]*)\}/g, (_match, name: string) => {
    const value = env[name];
    if (value === undefined)
      throw new Error(`environment variable ${name} in “${text}” is not set`);
    return value;
  });
}

/** Expands a path: `~` or `~/…` first, then tokens and variables. Another user's home (`~name`) is left alone. */
export function expandPath(
  text: string,
  values: TokenValues,
  env: Readonly<Record<string, string | undefined>>,
): string {
  const homed = text === '~' || text.startsWith('~/') ? join(values.home, text.slice(1)) : text;
  return expandVariables(expandTokens(homed, values), env);
}
