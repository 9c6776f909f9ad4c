// Where an SSH connection goes and what its caller lends to it; how an inventory address is read.
import { ConnectError } from '../../errors.ts';
import type { Prompter } from '../../prompter.ts';
import type { SshPool } from './ssh-pool.ts';
import type { ConnectProgress } from './ssh-progress.ts';
import type { SudoPasswords } from '../sudo-password.ts';

/** Where to connect. What is left out is taken from the OpenSSH client configuration. */
export interface SshTarget {
  /** Inventory name, for errors. */
  readonly host: string;
  /** `[user@]host[:port]`, `ssh://[user@]host[:port]`, or an alias of the OpenSSH client configuration. */
  readonly address: string;
  /** Login name; one in the address wins. */
  readonly user?: string | undefined;
  /** 1–65535; one in the address wins. */
  readonly port?: number | undefined;
  /** Read instead of `~/.ssh/config` and `/etc/ssh/ssh_config`, for jump hosts too (`ssh -F`). */
  readonly configFile?: string | undefined;
  /** The only key that is offered. Not for jump hosts: as with `ssh -i`, theirs come from the configuration. */
  readonly identityFile?: string | undefined;
  /** Comma list of `[user@]host[:port]`, or `none` (`ssh -J`). */
  readonly proxyJump?: string | undefined;
  /**
   * For the target and for each jump host on its own. Time spent asking a person does not count. Default: ConnectTimeout of
   * the configuration, else 10.
   */
  readonly connectTimeoutSeconds?: number | undefined;
  /** The only host keys that are accepted, each `TYPE BASE64` as in known_hosts. Empty or undefined: known_hosts decides. */
  readonly pinnedHostKeys?: readonly string[] | undefined;
  /** Whether a password may be asked for when keys do not log in, also at the jump hosts. Default: false. */
  readonly passwordLogin?: boolean | undefined;
  /** Seconds that a connection is kept for the next command after the last one. Default: 0, off. */
  readonly warmSeconds?: number | undefined;
}

/** What the caller lends to a connection. */
export interface SshOptions {
  /** Ends the connection attempt. */
  readonly signal?: AbortSignal | undefined;
  readonly prompter: Prompter;
  /** Holds occ's own known_hosts. */
  readonly stateDir: string;
  /** The operator's environment: HOME, PATH, SSH_AUTH_SOCK. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Owner-only directory for sockets; without it no connection is kept and none of occ's own is used. */
  readonly runtimeDir?: string | undefined;
  /** The file that pins come from, for errors. */
  readonly inventoryFile?: string | undefined;
  /** Host keys that the inventory pins for a jump host, by the name that ProxyJump gives it: `[user@]host[:port]`. */
  readonly pinsOfJump?: ((jump: string) => readonly string[] | undefined) | undefined;
  /** Whether a password may be asked for at a jump host, named in the same way, also where the target allows none. */
  readonly passwordAtJump?: ((jump: string) => boolean) | undefined;
  /** Logs in anew even where a live connection could be used. */
  readonly fresh?: boolean | undefined;
  /** With `fresh`: in place of a connection that was kept, so that the new one is kept as well. */
  readonly replaces?: boolean | undefined;
  /** For a jump host: whoever connects through it goes on when its login is left to ssh (PersonNeeded). */
  readonly handsOver?: boolean | undefined;
  /** What the connections of one run share: jump hosts, and how many log in at a time. */
  readonly pool?: SshPool | undefined;
  /** Told of every stage that was passed, for `occ host test`. */
  readonly observe?: ((progress: ConnectProgress) => void) | undefined;
  /** Passwords for sudo on the host; left out: only sudo without one is used. */
  readonly sudoPasswords?: SudoPasswords | undefined;
}

/** An address taken apart. */
export interface ParsedAddress {
  readonly user: string | undefined;
  readonly host: string;
  readonly port: number | undefined;
}

// What is left out would reach ssh as an option, a ProxyCommand's shell as something other than a name, or known_hosts
// as a pattern that stands for other hosts too.
const hostPattern = /^(?!-)[^\s\p{Cc}@/'"`$\\;&<>|(){}[\]*?!,#]+$/u;

// As valid_ruser() of OpenSSH 9.6 has it, and without `$`. A line end would add a line to what `ssh -G` prints.
const userPattern = /^(?!-)[^\s\p{Cc}'"`$;&<>|(){}]*[^\s\p{Cc}'"`$;&<>|(){}\\]$/u;

/** Whether a text can be a login name: it reaches ssh and, by `%r`, the shell of a ProxyCommand. */
export function isLoginName(text: string): boolean {
  return userPattern.test(text);
}

/**
 * Reads `[user@]host[:port]` and `ssh://[user@]host[:port]`; an IPv6 address with a port is written in brackets.
 * `ssh` itself reads a port in the second form only, so occ takes the address apart before.
 * @throws ConnectError `config` when it is neither
 */
export function parseAddress(address: string, host: string): ParsedAddress {
  const text = /^ssh:\/\/([^/]*)\/?$/i.exec(address)?.[1] ?? address;
  const at = text.lastIndexOf('@');
  const user = at === -1 ? undefined : text.slice(0, at);
  const [name, portText] = splitPort(text.slice(at + 1));
  const port = portText === undefined ? undefined : Number(portText);
  const isUser = user === undefined || isLoginName(user);
  if (isUser && hostPattern.test(name) && isPort(port)) return { user, host: name, port };
  throw new ConnectError('config', `“${address}” is not an SSH address`, {
    host,
    hint: 'Write [user@]host[:port], ssh://[user@]host[:port], or an alias of your ssh configuration.',
  });
}

function isPort(port: number | undefined): boolean {
  return port === undefined || (Number.isInteger(port) && port >= 1 && port <= 65_535);
}

function splitPort(place: string): [name: string, port: string | undefined] {
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(place);
  if (bracketed) return [bracketed[1] ?? '', bracketed[2]];
  // More than one colon: a bare IPv6 address, which cannot carry a port.
  const named = /^([^:]*):([^:]*)$/.exec(place);
  return named ? [named[1] ?? '', named[2]] : [place, undefined];
}
