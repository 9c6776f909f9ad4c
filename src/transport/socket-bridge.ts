// Reaches a socket on a host through a process there, when it cannot be reached directly.
import type { Duplex } from 'node:stream';
import { CancelledError } from '../errors.ts';
import { bridgeError, bridgeFailure, permissionError } from './bridge-errors.ts';
import { asRoot, bridgesTo, type Bridge } from './bridges.ts';
import { nothing } from './command.ts';
import { describeEndpoint, DialError, dialError } from './dial-error.ts';
import { ProcessDuplex } from './process-duplex.ts';
import { capture } from './run.ts';
import { StderrTail } from './stderr-tail.ts';
import type { DialOptions, Endpoint, HostProcess, Transport } from './transport.ts';

type Start = Transport['start'];

/** What is known of an endpoint before a bridge is tried. */
type Access = 'allowed' | 'root-only';

/** More is no answer to a ping, and is not searched for words. */
const pingBytes = 16 * 1024;

// Exit codes: 3 not there, 4 no socket, 5 there but not for this user.
const lookScript = `
s() { [ -S "$1" ] || sudo -n test -S "$1" 2>/dev/null; }
d=\${1%/*}
if ! s "$1"; then
  [ -e "$1" ] && exit 4
  [ -d "$d" ] && [ ! -x "$d" ] && exit 5
  exit 3
fi
[ -r "$1" ] && [ -w "$1" ] || exit 5`;

/**
 * Dials directly and, where that is not permitted, through the first program on the host that gets through: socat, perl,
 * `docker system dial-stdio`, each with `sudo -n` where the user may not open the socket. What worked is remembered for
 * as long as the transport lives.
 */
export class SocketBridge {
  readonly #host: string;
  readonly #start: Start;
  readonly #winners = new Map<string, Bridge>();

  constructor(host: string, start: Start) {
    this.#host = host;
    this.#start = start;
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
    if (winner) return this.#open(endpoint, winner, options);
    try {
      return await direct();
    } catch (error) {
      if (!(error instanceof DialError)) throw error;
      if (error.reason !== 'permission' && error.reason !== 'forbidden') throw error;
      return this.#search(endpoint, error, options);
    }
  }

  async #search(endpoint: Endpoint, refusal: DialError, options: DialOptions): Promise<Duplex> {
    const access = await this.#look(endpoint, refusal, options);
    const plain = bridgesTo(endpoint);
    const candidates = access === 'root-only' ? plain.map(asRoot) : plain;
    let last = access === 'root-only' ? permissionError(this.#host, endpoint) : refusal;
    for (const bridge of candidates) {
      try {
        if (!bridge.connected) await this.#ping(endpoint, bridge, options);
        const duplex = await this.#open(endpoint, bridge, options);
        this.#winners.set(describeEndpoint(endpoint), bridge);
        return duplex;
      } catch (error) {
        if (!(error instanceof DialError)) throw error;
        // `failed` says that this bridge is of no use, which is no news about the socket.
        if (error.reason !== 'failed') last = error;
      }
    }
    throw last;
  }

  /** Finds out what a refused forward does not tell. */
  async #look(endpoint: Endpoint, refusal: DialError, options: DialOptions): Promise<Access> {
    if (!('path' in endpoint)) return 'allowed';
    const { exit } = await capture(
      { host: this.#host, start: this.#start },
      {
        argv: ['sh', '-c', lookScript, 'look', endpoint.path],
        purpose: `look at ${endpoint.path}`,
        parse: nothing,
      },
      options,
    );
    const code = exit.kind === 'exited' ? exit.code : -1;
    if (code === 0) return 'allowed';
    if (code === 5) return 'root-only';
    if (code === 3) throw dialError('missing', endpoint, { host: this.#host, cause: refusal });
    if (code === 4)
      throw dialError('refused', endpoint, { host: this.#host, said: 'it is no socket' });
    throw refusal;
  }

  async #open(endpoint: Endpoint, bridge: Bridge, options: DialOptions): Promise<Duplex> {
    const stop = new AbortController();
    const process = await this.#start(
      { argv: bridge.argv, env: { LC_ALL: 'C' } },
      { signal: stop.signal },
    );
    const tail = new StderrTail(process.stderr);
    const giveUp = () => stop.abort();
    options.signal?.addEventListener('abort', giveUp, { once: true });
    try {
      if (options.signal?.aborted) giveUp();
      if (bridge.connected) await this.#connected(endpoint, process, tail, bridge.connected);
      if (stop.signal.aborted) throw new CancelledError('Cancelled', { host: this.#host });
    } catch (error) {
      process.stdout.resume();
      if (stop.signal.aborted) throw new CancelledError('Cancelled', { host: this.#host });
      throw error;
    } finally {
      options.signal?.removeEventListener('abort', giveUp);
    }
    return new ProcessDuplex(process, stop, (exit) =>
      bridgeFailure(this.#host, endpoint, exit, tail.text),
    );
  }

  async #connected(
    endpoint: Endpoint,
    process: HostProcess,
    tail: StderrTail,
    sign: RegExp,
  ): Promise<void> {
    if (await tail.says(sign)) return;
    process.stdout.resume();
    const failure = bridgeFailure(this.#host, endpoint, await process.exit, tail.text);
    throw failure ?? dialError('failed', endpoint, { host: this.#host });
  }

  /** Docker's bridge connects silently, so it is tried once with a request that any Engine answers. */
  async #ping(endpoint: Endpoint, bridge: Bridge, options: DialOptions): Promise<void> {
    const { exit, stdout, stderr } = await capture(
      { host: this.#host, start: this.#start },
      {
        argv: bridge.argv,
        env: { LC_ALL: 'C' },
        stdin: 'GET /_ping HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n',
        timeoutMs: 10_000,
        maxBytes: pingBytes,
        purpose: `reach ${describeEndpoint(endpoint)}`,
        parse: nothing,
      },
      options,
    );
    if (stdout.toString('latin1').startsWith('HTTP/1.')) return;
    throw bridgeError(this.#host, endpoint, exit, stderr.toString('utf8'));
  }
}
