// The seam: everything that occ does on a host goes through these two verbs.
import type { Duplex, Readable, Writable } from 'node:stream';
import type { Secret } from '../secret.ts';

/** How a process ended. A dropped connection is `lost`, never a success. */
export type Exit =
  | { readonly kind: 'exited'; readonly code: number }
  /** `signal` has the form of signal(7): `SIGTERM`. */
  | { readonly kind: 'signalled'; readonly signal: string }
  | { readonly kind: 'lost'; readonly cause: Error };

/** What to run. `argv[0]` is looked up in the host's PATH; no shell ever reads the other words. */
export interface ProcessSpec {
  readonly argv: readonly string[];
  /** Added to the environment of the host's login. Secrets are allowed here: they never reach an argument list. */
  readonly env?: Readonly<Record<string, string | Secret>> | undefined;
  /** Absolute path on the host. */
  readonly cwd?: string | undefined;
}

/** Terminal size for a process that needs one, in characters. */
export interface PtySize {
  readonly columns: number;
  readonly rows: number;
}

/** How a process is started. */
export interface StartOptions {
  /** Aborting ends the process and everything in its process group: SIGTERM, then SIGKILL after two seconds. */
  readonly signal?: AbortSignal | undefined;
  /** Merges stderr into stdout and adds carriage returns: only for interactive programs. */
  readonly pty?: PtySize | undefined;
  /**
   * `none`: the process reads end of file at once, and what is written to its stdin is dropped. It then ends with the
   * connection wherever it runs, because the host sees that the connection is gone. Without a terminal only.
   */
  readonly input?: 'none' | undefined;
  /**
   * Milliseconds that the process may take. Who starts it cancels it then; the host ends it some seconds later by itself,
   * for the case that it cannot be told any more.
   */
  readonly deadlineMs?: number | undefined;
}

/** A running process on a host. Read (or `resume()`) both outputs, or it may never end. */
export interface HostProcess {
  /** End it to half-close: the process sees end of file and can still write. */
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Settles after both outputs have ended. Never rejects. */
  readonly exit: Promise<Exit>;
}

/** A stream socket on the host: a Unix socket by absolute path, or a TCP port by address as seen from the host. */
export type Endpoint =
  { readonly path: string } | { readonly address: string; /** 1–65535 */ readonly port: number };

/** How a socket was reached: directly, or through a program on the host. */
export interface DialWay {
  readonly bridge: 'socat' | 'perl' | 'docker' | undefined;
  /** Whether the program runs as root because the login may not open the socket. */
  readonly asRoot: boolean;
  /** Whether root was become by a password. */
  readonly withPassword?: true;
}

/** How a socket is dialled. */
export interface DialOptions {
  readonly signal?: AbortSignal | undefined;
  /** How it was reached lately: tried before anything else, and only a guess. */
  readonly first?: DialWay | undefined;
  /** Told how, once it is reached. */
  readonly told?: ((way: DialWay) => void) | undefined;
}

/**
 * A way to a host: start a process, dial a socket, close. Everything else is a shared function over these.
 * Implementations pass `test/contract/transport-suite.ts`.
 */
export interface Transport {
  /** The host's inventory name, for error messages. */
  readonly host: string;

  /**
   * Starts a process. A program that does not exist ends with exit code 127, as in a shell.
   * @throws ConnectError when the host cannot be reached
   * @throws CancelledError when the signal was aborted before it started
   */
  start(spec: ProcessSpec, options?: StartOptions): Promise<HostProcess>;

  /**
   * Opens a connection to a socket on the host.
   * @throws ConnectError when the host cannot be reached
   * @throws DialError when the host is reached and the socket is not
   */
  dial(endpoint: Endpoint, options?: DialOptions): Promise<Duplex>;

  /** Ends what was started through it and frees everything. Safe to call twice. */
  close(): Promise<void>;
}
