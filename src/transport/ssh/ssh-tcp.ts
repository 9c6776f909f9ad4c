// Connects to a server by TCP: every address of its name, one shortly after the other; the first that answers is taken.
import { connect, type Socket } from 'node:net';
import { ConnectError } from '../../errors.ts';
import { describeEndpoint } from '../dial-error.ts';
import { addressError, manyErrors, type AddressError } from './ssh-errors.ts';
import { resolveServer, sourceFor, type ResolvedAddress } from './ssh-resolve.ts';
import type { SocketContext } from './ssh-socket-context.ts';

/** Milliseconds that an address has for itself before the next one is tried beside it (RFC 8305, 5). */
const headStartMs = 250;

/** An address, and where to come from. */
export interface Candidate extends ResolvedAddress {
  readonly source: string | undefined;
}

/** @throws ConnectError `dns`, `refused`, `timeout`, `unreachable`, `config` */
export async function connectTcp(context: SocketContext): Promise<Socket> {
  const { place, config, deadline, stages } = context;
  const addresses = await resolveServer(config, place, deadline);
  stages.passed('resolve', place, addresses.map(({ address }) => address).join(', '));
  const candidates = await withSources(addresses, context);
  const socket = await connectFirst(candidates, context);
  const { remoteAddress = '', remotePort = 0, localAddress = '' } = socket;
  const to = describeEndpoint({ address: remoteAddress, port: remotePort });
  stages.passed('tcp', place, `${to} from ${localAddress}`);
  return socket;
}

async function withSources(
  addresses: readonly ResolvedAddress[],
  { config, place }: SocketContext,
): Promise<Candidate[]> {
  const sources = await Promise.all(addresses.map((one) => sourceFor(one, config, place)));
  const candidates = addresses.flatMap((one, index) => {
    const source = sources[index];
    return source === undefined ? [] : [{ ...one, source: source.address }];
  });
  if (candidates.length > 0) return candidates;
  const own = config.bindAddress ?? config.bindInterface ?? '';
  const theirs = addresses.map(({ address }) => address).join(', ');
  const message = `${own} of your SSH configuration has no address of the same family as ${theirs}`;
  const hint = 'Change BindAddress, BindInterface or AddressFamily.';
  throw new ConnectError('config', message, { host: place.host, hint });
}

/**
 * The first that answers; the next one gets its turn when one fails, or is slow to answer.
 * @throws ConnectError `refused`, `timeout`, `unreachable`, `config`
 */
export function connectFirst(
  candidates: readonly Candidate[],
  context: Pick<SocketContext, 'place' | 'config' | 'deadline'>,
): Promise<Socket> {
  return new Race(candidates, context).run();
}

type RaceContext = Parameters<typeof connectFirst>[1];

/** One attempt on several addresses. */
class Race {
  readonly #waiting: Candidate[];
  readonly #context: RaceContext;
  readonly #open = new Set<Socket>();
  readonly #failures: AddressError[] = [];
  #timer: NodeJS.Timeout | undefined;
  #settle!: (outcome: Socket | Error) => void;

  constructor(candidates: readonly Candidate[], context: RaceContext) {
    this.#waiting = [...candidates];
    this.#context = context;
  }

  async run(): Promise<Socket> {
    const { deadline } = this.#context;
    const outcome = new Promise<Socket | Error>((resolve) => (this.#settle = resolve));
    this.#next();
    try {
      const won = await deadline.race(outcome);
      if (won instanceof Error) throw won;
      this.#open.delete(won);
      return won;
    } finally {
      clearTimeout(this.#timer);
      this.#waiting.length = 0;
      for (const socket of this.#open) socket.destroy();
    }
  }

  #next(): void {
    clearTimeout(this.#timer);
    const candidate = this.#waiting.shift();
    if (candidate === undefined) return;
    const socket = this.#connect(candidate);
    this.#open.add(socket);
    // For good: a socket that lost the race may still report something.
    socket.on('error', (error) => this.#failed(socket, candidate, error));
    socket.once('connect', () => this.#settle(socket));
    this.#timer = setTimeout(() => this.#next(), headStartMs);
  }

  #connect({ address, source }: Candidate): Socket {
    const port = this.#context.config.port;
    const from = source === undefined ? {} : { localAddress: source };
    return connect({ host: address, port, noDelay: true, keepAlive: true, ...from });
  }

  #failed(socket: Socket, candidate: Candidate, error: NodeJS.ErrnoException): void {
    if (!this.#open.delete(socket)) return;
    const { place } = this.#context;
    this.#failures.push(addressError(error, candidate, place));
    if (this.#waiting.length > 0) this.#next();
    else if (this.#open.size === 0) this.#settle(manyErrors(this.#failures, place));
  }
}
