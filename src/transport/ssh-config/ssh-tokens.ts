// Expands what `ssh -G` leaves as it was written: `~`, %-tokens, environment variables (ssh_config(5), TOKENS). Pure.
import { createHash } from 'node:crypto';

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
  /** `%j`: name of the last jump host, empty when there is none. */
  readonly jumpHost: string;
  /** Whether `%C` covers the jump host: since OpenSSH 9.6. */
  readonly hashesJump: boolean;
  /** `%k`: the host key alias if set, else the host as it was named. */
  readonly keyName: string;
}

/** Environment variables by name. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** What the home directory of a login name here is; undefined when there is none. */
export type HomeOf = (user: string) => string | undefined;

/** The tokens of ProxyCommand; most other keywords take all. */
const proxyCommandTokens = 'hknpr';

/** Replaces %-tokens, and no others than `allowed`. An unknown one is an error, as it is for ssh. */
function expandTokens(text: string, values: TokenValues, allowed?: string): string {
  return text.replace(/%(.?)/gs, (_match, token: string) =>
    requireToken(token, text, values, allowed),
  );
}

/** ProxyCommand: tokens only. Variables are left to the shell that runs it. */
export function expandProxyCommand(text: string, values: TokenValues): string {
  return expandTokens(text, values, proxyCommandTokens);
}

/**
 * Expands a path: `~` at its start, then tokens and `${NAME}`. What was put in is not looked at again.
 * @throws Error for an unknown token, user or variable, as ssh does
 */
export function expandPath(
  text: string,
  values: TokenValues,
  env: Variables,
  homeOf: HomeOf = () => undefined,
): string {
  const homed = expandTilde(text, values.home, homeOf);
  return homed.replace(
    /%(.?)|\$\{([^}]*)(\}?)/gs,
    (match, token: string | undefined, name = '', close = '') => {
      if (match.startsWith('%')) return requireToken(token ?? '', text, values);
      if (close === '') throw new Error(`“${text}” has no closing }`);
      return requireVariable(name as string, text, env);
    },
  );
}

/**
 * `~`, `~/…` and `~user/…` at the start of a path, as the password database has them.
 * @throws Error when there is no such user
 */
export function expandTilde(text: string, home: string, homeOf: HomeOf = () => undefined): string {
  const [, user, path] = /^~([^/]*)\/*(.*)$/s.exec(text) ?? [];
  if (user === undefined || path === undefined) return text;
  const directory = user === '' ? home : homeOf(user);
  if (directory === undefined) throw new Error(`there is no user ${user}, named in “${text}”`);
  return directory.endsWith('/') ? `${directory}${path}` : `${directory}/${path}`;
}

/** The user in `~user/…`. */
export function tildeUser(text: string): string | undefined {
  return /^~([^/]+)/.exec(text)?.[1];
}

function requireToken(token: string, text: string, values: TokenValues, allowed?: string): string {
  if (token === '%') return '%';
  const known = allowed === undefined || (token !== '' && allowed.includes(token));
  const value = known ? tokenValue(token, values) : undefined;
  if (value === undefined) throw new Error(`unknown token %${token} in “${text}”`);
  return value;
}

function requireVariable(name: string, text: string, env: Variables): string {
  const value = env[name];
  if (value === undefined) throw new Error(`environment variable ${name} in “${text}” is not set`);
  return value;
}

function tokenValue(token: string, values: TokenValues): string | undefined {
  const table: Readonly<Record<string, string>> = {
    C: connectionHash(values),
    d: values.home,
    h: values.hostname,
    i: String(values.localUid),
    j: values.jumpHost,
    k: values.keyName,
    L: values.localHostname.split('.')[0] ?? '',
    l: values.localHostname,
    n: values.originalHost,
    p: String(values.port),
    r: values.remoteUser,
    u: values.localUser,
  };
  return Object.hasOwn(table, token) ? table[token] : undefined;
}

/** `%C`: SHA-1 of `%l%h%p%r%j`. */
function connectionHash(values: TokenValues): string {
  const { localHostname, hostname, port, remoteUser, jumpHost, hashesJump } = values;
  return createHash('sha1')
    .update(`${localHostname}${hostname}${port}${remoteUser}${hashesJump ? jumpHost : ''}`)
    .digest('hex');
}
