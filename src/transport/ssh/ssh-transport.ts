// A remote machine as a host: one SSH connection that everything shares.
import type { Duplex } from 'node:stream';
import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { CancelledError, ConnectError } from '../../errors.ts';
import { bootstrap } from '../bootstrap.ts';
import { killGroup } from '../kill.ts';
import { becomeProcess } from '../remote-process.ts';
import { run } from '../run.ts';
import { SocketBridge } from '../socket-bridge.ts';
import { connectTarget } from './ssh-connect.ts';
import { KeyMemory, openSpare } from './ssh-open-spare.ts';
import { isRefusal, type Carrier } from './ssh-connection.ts';
import { dialChannel } from './ssh-dial.ts';
import { processChannel } from './ssh-process.ts';
import { SshSpares, type OpenSpare } from './ssh-spares.ts';
import type { SshOptions, SshTarget } from './ssh-target.ts';
import type {
  DialOptions,
  Endpoint,
  HostProcess,
  ProcessSpec,
  StartOptions,
  Transport,
} from '../transport.ts';

export type { SshOptions, SshTarget } from './ssh-target.ts';

/**
 * Connects to a host by SSH.
 * @throws ConnectError with the reason, and what to do about it
 * @throws CancelledError when the signal was aborted
 */
export async function connectSsh(target: SshTarget, options: SshOptions): Promise<Transport> {
  const key = new KeyMemory(options.observe);
  const observe = key.observe;
  const carrier = await connectTarget(target, { ...options, observe });
  const spare: OpenSpare = () => openSpare(target, options, key);
  return new SshTransport(carrier, { ...options, spare });
}

/**
 * A transport over a connection that is there already; it is closed with the transport.
 * @param more - `spare` opens another connection to the same host where its sessions do not suffice
 */
export function transportOver(carrier: Carrier, more: TransportExtras = {}): Transport {
  return new SshTransport(carrier, more);
}

/** What a transport can do besides its connection. */
export interface TransportExtras extends Pick<SshOptions, 'sudoPasswords'> {
  readonly spare?: OpenSpare | undefined;
}

/** Milliseconds that processes which still run have to end when the transport is closed. */
const closeMs = 5000;

/** Runs processes through the login shell of the host, and dials by forwarded channels. */
class SshTransport implements Transport {
  readonly host: string;
  readonly #connection: Carrier;
  readonly #sessions: SshSpares;
  readonly #bridge: SocketBridge;
  readonly #closing = new AbortController();
  readonly #running = new Set<Promise<unknown>>();

  constructor(connection: Carrier, { sudoPasswords, spare }: TransportExtras) {
    this.host = connection.place.host;
    // Every running process listens to it.
    setMaxListeners(0, this.#closing.signal);
    this.#connection = connection;
    this.#sessions = new SshSpares(connection, spare);
    const start: Transport['start'] = (spec, startOptions) => this.start(spec, startOptions);
    this.#bridge = new SocketBridge(this.host, start, sudoPasswords);
  }

  async start(spec: ProcessSpec, options: StartOptions = {}): Promise<HostProcess> {
    if (options.signal?.aborted === true)
      throw new CancelledError('Cancelled', { host: this.host });
    if (this.#closing.signal.aborted) throw this.#closed();
    const stop = anyOf(options.signal, this.#closing.signal);
    return this.#start(spec, { ...options, signal: stop }).catch((error: unknown) => {
      throw this.#refused(error, options.signal);
    });
  }

  async dial(endpoint: Endpoint, options: DialOptions = {}): Promise<Duplex> {
    if (options.signal?.aborted === true)
      throw new CancelledError('Cancelled', { host: this.host });
    const direct = () => dialChannel(this.#connection, endpoint, options);
    return this.#bridge.dial(endpoint, direct, options);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    // Bounded: a process whose output nobody reads never comes to its end.
    await Promise.race([Promise.all(this.#running), delay(closeMs, undefined, { ref: false })]);
    await Promise.all([this.#sessions.close(), this.#connection.close()]);
  }

  /** @param on - the connection that it must run on, before all others that wait, also when all is being closed */
  async #start(spec: ProcessSpec, options: StartOptions, on?: Carrier): Promise<HostProcess> {
    const { pty, signal } = options;
    const boot = bootstrap(spec, { ...options, mayShow: true });
    const terminal = pty && { cols: pty.columns, rows: pty.rows, term: 'xterm-256color' };
    const exec = { signal, pty: terminal, urgent: on !== undefined };
    const { channel, carrier } =
      on === undefined
        ? await this.#sessions.exec(boot.command, exec)
        : { channel: await on.exec(boot.command, exec), carrier: on };
    const kill = async (pid: number): Promise<void> => {
      // Where no second command may run, sshd's own signal is better than nothing.
      await this.#kill(pid, carrier).catch(() => channel.signal('TERM'));
    };
    const dressed = processChannel(channel, carrier.ended, this.host);
    const process = becomeProcess(dressed, boot, { host: this.host, signal, kill });
    this.#running.add(process.exit);
    void process.exit.then(() => this.#running.delete(process.exit));
    return process;
  }

  /** Another command on the same connection: on another one, behind the same name, there may be another machine. */
  async #kill(pid: number, carrier: Carrier): Promise<void> {
    const host = this.host;
    await run({ host, start: (spec) => this.#start(spec, {}, carrier) }, killGroup(pid));
  }

  #closed(): ConnectError {
    return new ConnectError('lost', `The SSH connection to ${this.host} is closed`, {
      host: this.host,
    });
  }

  #refused(error: unknown, signal: AbortSignal | undefined): unknown {
    if (signal?.aborted === true) return new CancelledError('Cancelled', { host: this.host });
    if (this.#closing.signal.aborted) return this.#closed();
    if (!isRefusal(error)) return error;
    return new ConnectError(
      'unreachable',
      `${this.host} runs no further command: ${error.message}`,
      {
        host: this.host,
        hint: 'Check MaxSessions, ForceCommand and the login shell of the account on the host.',
        cause: error,
      },
    );
  }
}

function anyOf(signal: AbortSignal | undefined, other: AbortSignal): AbortSignal {
  return signal === undefined ? other : AbortSignal.any([signal, other]);
}
