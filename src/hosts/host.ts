// One machine during one run of occ: its settings, the way to it, its Docker Engine. Everything is opened lazily, once.
import type { Prompter } from '../prompter.ts';
import type { SshPool } from '../transport/ssh/ssh-pool.ts';
import type { ConnectProgress } from '../transport/ssh/ssh-progress.ts';
import type { RootAccess } from '../transport/root-access.ts';
import type { DialWay, Transport } from '../transport/transport.ts';
import type { Engine } from './engine.ts';
import type { HostFacts } from './facts.ts';
import type { ShownHostKeys } from './host-key.ts';
import type { HostSettings } from './inventory-schema.ts';
import type { KeptConnections } from './kept-connections.ts';

/** One machine. `await using host = …` closes whatever was opened. */
export interface Host extends AsyncDisposable {
  /** Inventory name; `local` is this machine. */
  readonly name: string;
  /** Effective settings: built-in defaults ← defaults ← groups ← host. */
  readonly settings: HostSettings;

  /** The connection, opened at the first call and shared by everything after. */
  transport(): Promise<Transport>;

  /**
   * Connects anew, past any connection that is kept, and tells each stage; what comes of it is the host's transport from
   * then on. For this machine there is nothing to tell.
   * @throws ConnectError at the stage after the last one that was told
   */
  connectAnew(observe: (progress: ConnectProgress) => void): Promise<Transport>;

  /**
   * The connections to it that stay for the next command, to be ended where the next login must be a new one: its groups,
   * its keys or its address have changed. Connects to nothing.
   * @param of - `all`: those to every host, also to jump hosts and to hosts that are in the inventory no more
   */
  kept(of?: 'all'): Promise<KeptConnections>;

  /**
   * The SSH host keys that the host shows now, without logging in to it.
   * @throws ConnectError when it cannot be reached, or its keys are revoked
   * @throws UnsupportedError for this machine
   */
  hostKeys(): Promise<ShownHostKeys>;

  /**
   * The Docker Engine of the host, reached through the transport.
   * @param use - `early`: it may be used before it has proved that it answers and is new enough. What is read then goes
   * along with the proof and is answered after it; what changes something waits for it. A failure of the proof is the
   * failure of whatever was asked.
   * @throws DockerError `absent`, `not-running`, `permission` or `unsupported`, each with the way to mend it
   */
  engine(use?: { readonly early?: boolean }): Promise<Engine>;

  /**
   * Where that engine listens and how it is reached; opens it as {@link Host.engine} does.
   */
  engineWay(): Promise<EngineWay>;

  /**
   * Runs commands as root: as they are, by sudo or doas. Asks for the password of sudo where it needs one.
   * @throws RootError at the first command, when nobody becomes root
   */
  asRoot(): Promise<RootAccess>;

  /** What the host is, probed once. */
  facts(): Promise<HostFacts>;

  /** `docker exec` in a container of this host, as a transport. */
  container(name: string, use?: ContainerUse): Promise<Transport>;
}

/** How processes run in a container. */
export interface ContainerUse {
  /** A name in the container; default root. */
  readonly user?: string;
  /**
   * Nothing starts before this settles, and nothing at all when it rejects: a start then fails with that error. What can
   * be prepared until then is.
   */
  readonly when?: Promise<unknown>;
}

/** Which engine, and the way to it. */
export interface EngineWay {
  /** `/var/run/docker.sock`, `127.0.0.1:2375`. */
  readonly place: string;
  /** Who says so: `docker_socket`, `DOCKER_HOST`, `docker context NAME`; `default`: it was found. */
  readonly source: string;
  readonly way: DialWay;
}

/** What the caller lends to a host. */
export interface HostOptions {
  /** Ends the connection attempt. */
  readonly signal?: AbortSignal | undefined;
  readonly prompter: Prompter;
  /** `$XDG_STATE_HOME/opencode-cloud`: holds occ's own known_hosts. */
  readonly stateDir: string;
  /** The operator's environment: SSH_AUTH_SOCK, HOME, PATH. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Owner-only directory for the sockets of kept connections. */
  readonly runtimeDir?: string | undefined;
  /** Told of every stage of connecting. */
  readonly observe?: ((progress: ConnectProgress) => void) | undefined;
  /** What the SSH connections of one run share; without it each host logs in to its jump hosts by itself. */
  readonly pool?: SshPool | undefined;
}
