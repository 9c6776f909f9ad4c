// An http.Agent whose connections go through a transport, so that Docker clients need not know where the engine is.
import {
  Agent,
  type AgentOptions,
  type ClientRequest,
  type ClientRequestArgs,
  type IncomingMessage,
} from 'node:http';
import type { Duplex } from 'node:stream';
import { inspect } from 'node:util';
import { ConnectError, DockerError } from '../errors.ts';

/** Marks, in the options of a request, that its answer is collected in memory before anybody reads it. */
export const collected = Symbol('collected');

/** Most bytes of such an answer: far more than an engine with thousands of containers has to say. */
const mostCollected = 64 * 1024 ** 2;

interface CollectedOptions {
  readonly [collected]?: boolean;
}

/** Opens a connection to the engine's socket. */
export type Dial = () => Promise<Duplex>;

/** How many connections, and for how long. */
export interface DockerAgentOptions {
  /** Connections at the same time; a followed log holds one. */
  readonly maxSockets: number;
  /** Whether a connection is used again for the next request. */
  readonly keepAlive: boolean;
}

/** Makes an agent for one host. `destroy()` ends its connections and refuses new ones. */
export function createDockerAgent(dial: Dial, options: DockerAgentOptions): Agent {
  return new DockerAgent(dial, { ...options, maxFreeSockets: 4 });
}

type Created = (error: Error | null, socket: Duplex) => void;

class DockerAgent extends Agent {
  readonly #dial: Dial;
  #closed = false;

  constructor(dial: Dial, options: AgentOptions) {
    super(options);
    this.#dial = dial;
  }

  override createConnection(_options: ClientRequestArgs, created?: Created): undefined {
    // Node's type asks for a socket even when there is an error.
    const done = created as ((error: Error | null, socket?: Duplex) => void) | undefined;
    void this.#open().then(
      (socket) => done?.(null, socket),
      (error: unknown) => done?.(error as Error),
    );
    return undefined;
  }

  /**
   * docker-modem does not listen for a response that breaks off, and its caller would wait for ever: it is told by the
   * event that it does listen for. Node calls this method for every request; it is the one place that sees both.
   */
  addRequest(request: ClientRequest, options: CollectedOptions): void {
    request.prependOnceListener('response', (response) => {
      // docker-modem would follow it: an engine could make this machine ask any other, or crash on an odd address.
      delete response.headers.location;
      response.once('error', (error) => request.emit('error', error));
      const isError = (response.statusCode ?? 0) >= 400;
      if (options[collected] === true || isError) refuseTooMuch(response);
    });
    const { addRequest } = Agent.prototype as unknown as Pick<DockerAgent, 'addRequest'>;
    addRequest.call(this, request, options);
  }

  override destroy(): void {
    this.#closed = true;
    super.destroy();
  }

  /** docker-modem formats its options for debugging at every request, and with them whole connections. */
  [inspect.custom](): string {
    return '[DockerAgent]';
  }

  // A function, because it may become true while a connection is being opened.
  #isClosed(): boolean {
    return this.#closed;
  }

  async #open(): Promise<Duplex> {
    if (this.#isClosed()) throw closed();
    const socket = asSocket(await this.#dial());
    // Dialled streams are half-open; one that the engine has ended must not wait for another request.
    socket.once('end', () => socket.end());
    if (this.#isClosed()) {
      socket.destroy();
      throw closed();
    }
    return socket;
  }
}

/** Ends a response with an error when it goes on past what a client should collect in memory. */
function refuseTooMuch(response: IncomingMessage): void {
  let size = 0;
  response.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= mostCollected) return;
    const message = `The Docker Engine answers with more than ${mostCollected / 1024 ** 2} MiB`;
    response.destroy(new DockerError('api', message));
  });
}

function closed(): ConnectError {
  return new ConnectError('lost', 'The connection to the Docker Engine is closed');
}

/** Gives a plain stream what node:http expects of a socket. */
function asSocket(stream: Duplex): Duplex {
  const itself = () => stream;
  const stubs = {
    setKeepAlive: itself,
    setNoDelay: itself,
    setTimeout: itself,
    ref: itself,
    unref: itself,
    destroySoon: () => endThenDestroy(stream),
  };
  for (const [name, value] of Object.entries(stubs)) {
    if (!(name in stream)) Object.defineProperty(stream, name, { value });
  }
  return stream;
}

function endThenDestroy(stream: Duplex): void {
  if (stream.writable) stream.end();
  if (stream.writableFinished) stream.destroy();
  else stream.once('finish', () => stream.destroy());
}
