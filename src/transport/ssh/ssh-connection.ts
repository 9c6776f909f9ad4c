// One authenticated SSH connection: opens channels, knows when it is lost, closes with the hops under it.
import { setMaxListeners } from 'node:events';
import type { Duplex } from 'node:stream';
import type { Client, ClientChannel, PseudoTtyOptions } from 'ssh2';
import { ConnectError } from '../../errors.ts';
import { shellWord } from '../../shell-word.ts';
import { openChannel, type StartChannel } from './ssh-channel-open.ts';
import { describePlace, type SshPlace } from './ssh-place.ts';
import { Pulse, usualPatience, type Patience, type PulseOptions } from './ssh-pulse.ts';
import { SshSessions } from './ssh-sessions.ts';
import { probe } from './ssh2-probe.ts';

/** Milliseconds that a server has to answer a goodbye. */
const goodbyeMs = 1000;

const hungUp = 'the other side closed it';

/** The server's refusal of a channel (RFC 4254, 5.1), as ssh2 reports it. */
export interface ChannelRefusal extends Error {
  /** 1 prohibited, 2 connect failed, 3 unknown type, 4 resource shortage; empty when it closed it instead. */
  readonly reason: number | '';
}

/** True when the server refused a channel, as opposed to a connection that is gone. */
export function isRefusal(error: unknown): error is ChannelRefusal {
  return error instanceof Error && 'reason' in error && !(error instanceof ConnectError);
}

/** What a channel is opened with. */
export interface ChannelOptions {
  readonly signal?: AbortSignal | undefined;
}

/** What a command is started with. */
export interface ExecOptions extends ChannelOptions {
  readonly pty?: PseudoTtyOptions | undefined;
  /** Goes before other commands that wait for their turn. */
  readonly urgent?: boolean;
  /** Milliseconds that it is tried again for when the server has no session left. Default: some seconds. */
  readonly patienceMs?: number | undefined;
}

/** What carries channels to a server: an {@link SshConnection}, or one that may be exchanged for another. */
export type Carrier = Pick<SshConnection, keyof SshConnection>;

/** A connection that logged in. Every method rejects with ConnectError `lost` once it is lost or closed. */
export class SshConnection {
  readonly place: SshPlace;
  /** Aborted with the ConnectError `lost` when the connection ends, whoever ended it. */
  readonly ended: AbortSignal;
  readonly #client: Client;
  readonly #socket: Duplex;
  readonly #via: Pick<Carrier, 'close'> | undefined;
  readonly #sessions = new SshSessions();
  readonly #ended = new AbortController();
  readonly #pulse: Pulse;
  #closed = false;

  /**
   * @param via - what this one runs over, such as the jump host's connection; closed with it
   * @param alive - how the server is asked whether it is there, and for how long; default: as works through a master
   */
  constructor(
    client: Client,
    socket: Duplex,
    place: SshPlace,
    via?: Pick<Carrier, 'close'>,
    alive?: Patience & Pick<PulseOptions, 'ask'>,
  ) {
    this.place = place;
    this.ended = this.#ended.signal;
    // Every open channel listens to it.
    setMaxListeners(0, this.ended);
    this.#client = client;
    this.#socket = socket;
    this.#via = via;
    // For good: ssh2 may report an ECONNRESET after the end, and an error without a listener ends the process.
    client.on('error', (error) => this.#lose(error.message));
    client.on('end', () => this.#lose(hungUp));
    client.on('close', () => this.#lose(hungUp));
    const dead = (why: string): void => this.#lose(why);
    const ask = (): void => void probe(client).catch(() => undefined);
    this.#pulse = new Pulse({ ...usualPatience, ask, ...alive, stream: socket, dead });
    if (socket.destroyed) this.#lose(hungUp);
  }

  /** True once {@link close} was called, as opposed to a connection that broke. */
  get isClosed(): boolean {
    return this.#closed;
  }

  /** Starts a command through the login shell, when fewer than four short ones run. */
  exec(command: string, options: ExecOptions = {}): Promise<ClientChannel> {
    const { signal, pty, urgent, patienceMs } = options;
    const open = (): Promise<ClientChannel> =>
      this.#channel(
        (done) => this.#client.exec(command, pty === undefined ? {} : { pty }, done),
        options,
      );
    return this.#sessions.open(open, { signal, urgent: urgent === true, patienceMs });
  }

  /** Connects to a TCP port as seen from the server (RFC 4254, 7.2). */
  forwardTcp(address: string, port: number, options: ChannelOptions = {}): Promise<ClientChannel> {
    return this.#channel(
      (done) => this.#client.forwardOut('127.0.0.1', 0, address, port, done),
      options,
    );
  }

  /** Connects to a Unix socket on the server (direct-streamlocal in OpenSSH's PROTOCOL). */
  forwardUnix(path: string, options: ChannelOptions = {}): Promise<ClientChannel> {
    return this.#channel((done) => this.#client.openssh_forwardOutStreamLocal(path, done), options);
  }

  /** Says goodbye, closes, and does the same with the jump hosts. Safe to call twice. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#end('occ closed it');
    if (!this.#socket.destroyed) {
      this.#client.end();
      await closedWithin(this.#socket, goodbyeMs);
      this.#socket.destroy();
    }
    await this.#via?.close();
  }

  #lose(why: string): void {
    this.#end(why);
    // A half-dead stream, such as the pipe of a ProxyCommand, would keep ssh2 from telling its channels.
    this.#socket.destroy();
  }

  #end(why: string): void {
    if (this.ended.aborted) return;
    this.#pulse.stop();
    const message = `The SSH connection to ${describePlace(this.place)} is lost: ${why}`;
    const { host } = this.place;
    const hint = `See how far a new connection comes: occ host test ${shellWord(host)}`;
    this.#ended.abort(new ConnectError('lost', message, { host, hint }));
  }

  #channel(start: StartChannel, { signal }: ChannelOptions): Promise<ClientChannel> {
    const { ended, place } = this;
    const broken = (why: string): void => this.#lose(why);
    return openChannel(start, { ended, broken, signal, host: place.host });
  }
}

function closedWithin(stream: Duplex, milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    stream.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
