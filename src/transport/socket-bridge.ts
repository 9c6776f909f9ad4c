// Reaches a socket on a host through a process there, when it cannot be reached directly.
import type { Duplex } from 'node:stream';
import { permissionError } from './bridge-errors.ts';
import { openBridge, pingBridge } from './bridge-open.ts';
import { bridgesTo, type Bridge } from './bridges.ts';
import { describeEndpoint, DialError } from './dial-error.ts';
import { RootAccess } from './root-access.ts';
import { RootError } from './root-error.ts';
import type { Runner } from './run.ts';
import { lookAtSocket } from './socket-look.ts';
import { withoutPassword } from './sudo.ts';
import type { SudoPasswords } from './sudo-password.ts';
import type { DialOptions, DialWay, Endpoint, Transport } from './transport.ts';

type Start = Transport['start'];

/** A bridge, and who starts it. */
interface Candidate {
  readonly bridge: Bridge;
  readonly runner: Runner;
  readonly way: DialWay;
}

/**
 * Dials directly and, where that is not permitted, through the first program on the host that gets through: socat, perl,
 * `docker system dial-stdio`, each as root where the user may not open the socket. What worked is remembered for as
 * long as the transport lives.
 */
export class SocketBridge {
  readonly #runner: Runner;
  readonly #root: RootAccess;
  /** As root by a sudo that asks nothing, without having looked whether it does. */
  readonly #free: Runner;
  readonly #winners = new Map<string, Candidate>();

  /** @param passwords - for sudo; left out: only sudo and doas without a password are used */
  constructor(host: string, start: Start, passwords?: SudoPasswords) {
    this.#runner = { host, start };
    const free: Start = (spec, options) =>
      start({ ...spec, argv: withoutPassword('sudo', spec.argv) }, options);
    this.#free = { host, start: free };
    this.#root = new RootAccess(host, start, passwords);
  }

  /**
   * @param direct - dials without a bridge; its DialError `permission` or `forbidden` leads to one
   * @throws DialError with the most useful reason, CancelledError, ConnectError
   */
  async dial(
    endpoint: Endpoint,
    direct: () => Promise<Duplex>,
    options: DialOptions = {},
  ): Promise<Duplex> {
    const winner = this.#winners.get(describeEndpoint(endpoint));
    if (winner) return this.#through(endpoint, winner, options);
    const guess = this.#guess(endpoint, options.first);
    if (guess) {
      const found = await this.#keep(endpoint, guess, options).catch(dialErrorOf);
      if (!(found instanceof DialError)) return found;
    }
    try {
      const socket = await direct();
      options.told?.({ bridge: undefined, asRoot: false });
      return socket;
    } catch (error) {
      if (!(error instanceof DialError)) throw error;
      if (error.reason !== 'permission' && error.reason !== 'forbidden') throw error;
      return this.#search(endpoint, error, options);
    }
  }

  async #search(endpoint: Endpoint, refusal: DialError, options: DialOptions): Promise<Duplex> {
    const access = await lookAtSocket(this.#runner, endpoint, refusal, options);
    if (access === 'root-only') return this.#searchAsRoot(endpoint, options);
    return this.#first(endpoint, refusal, this.#runner, { asRoot: false }, options);
  }

  async #searchAsRoot(endpoint: Endpoint, options: DialOptions): Promise<Duplex> {
    const { host } = this.#runner;
    const refusal = permissionError(host, endpoint);
    const { state } = await this.#root.probe(options);
    // It may be that sudo lets the user run just docker: nobody need type a password then.
    if (state === 'some') {
      const asRoot = { asRoot: true };
      const found = await this.#first(endpoint, refusal, this.#free, asRoot, options).catch(
        dialErrorOf,
      );
      if (!(found instanceof DialError)) return found;
    }
    const { kind } = await this.#root.way(options).catch((error: unknown) => {
      throw error instanceof RootError ? permissionError(host, endpoint, error) : error;
    });
    const way = { asRoot: true, ...(kind === 'password' && { withPassword: true as const }) };
    return this.#first(endpoint, refusal, this.#root, way, options);
  }

  /** The first bridge that gets through is remembered. */
  async #first(
    endpoint: Endpoint,
    refusal: DialError,
    runner: Runner,
    way: Omit<DialWay, 'bridge'>,
    options: DialOptions,
  ): Promise<Duplex> {
    let last = refusal;
    for (const bridge of bridgesTo(endpoint)) {
      const candidate = { bridge, runner, way: { bridge: bridge.name, ...way } };
      try {
        if (!bridge.connected) await pingBridge(runner, endpoint, bridge, options);
        return await this.#keep(endpoint, candidate, options);
      } catch (error) {
        // `failed` says that this bridge is of no use, which is no news about the socket.
        if (dialErrorOf(error).reason !== 'failed') last = dialErrorOf(error);
      }
    }
    throw last;
  }

  /** The bridge that worked lately, unless somebody had to type a password for it: that may be needless by now. */
  #guess(endpoint: Endpoint, way: DialWay | undefined): Candidate | undefined {
    const bridge = bridgesTo(endpoint).find(({ name }) => name === way?.bridge);
    if (!way || !bridge || way.withPassword) return undefined;
    return { bridge, way, runner: way.asRoot ? this.#free : this.#runner };
  }

  async #keep(endpoint: Endpoint, candidate: Candidate, options: DialOptions): Promise<Duplex> {
    const duplex = await this.#through(endpoint, candidate, options);
    this.#winners.set(describeEndpoint(endpoint), candidate);
    return duplex;
  }

  async #through(endpoint: Endpoint, candidate: Candidate, options: DialOptions): Promise<Duplex> {
    const { runner, bridge, way } = candidate;
    const duplex = await openBridge(runner, endpoint, bridge, options);
    options.told?.(way);
    return duplex;
  }
}

function dialErrorOf(error: unknown): DialError {
  if (error instanceof DialError) return error;
  throw error;
}
