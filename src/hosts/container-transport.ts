// `docker exec` as a transport: what runs on a host runs unchanged in a container of it.
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type Docker from 'dockerode';
import { CancelledError, ConnectError } from '../errors.ts';
import { bootstrap } from '../transport/bootstrap.ts';
import { dialError } from '../transport/dial-error.ts';
import { killGroup } from '../transport/kill.ts';
import { becomeProcess, type RemoteProcess } from '../transport/remote-process.ts';
import { run } from '../transport/run.ts';
import { SocketBridge } from '../transport/socket-bridge.ts';
import type {
  DialOptions,
  Endpoint,
  Exit,
  HostProcess,
  ProcessSpec,
  StartOptions,
  Transport,
} from '../transport/transport.ts';
import { ExecEnding } from './exec-ending.ts';
import { execError } from './exec-error.ts';
import { splitFrames, wholeStream, type ExecOutputs } from './exec-frames.ts';

/** Milliseconds that a process may go on after its output ended, before that is taken for a broken stream. */
const silentMs = 5000;
const pollMs = 10;

/** Milliseconds between looks whether a process without input has ended, growing from the first to the last. */
const firstLookMs = 200;
const lastLookMs = 3000;

/** Which container, and how it is entered. */
export interface ContainerTransportOptions {
  /** A client of the engine that the container is on. It stays open when the transport is closed. */
  readonly docker: Docker;
  /** Name or id. */
  readonly container: string;
  /** Inventory name of the machine that the engine is on. */
  readonly host: string;
  /** A name in the container, or uid, or `user:group`. Default: the image's user. */
  readonly user?: string | undefined;
  /** What must settle before anything starts. Left out: nothing. */
  readonly before?: Before | undefined;
}

/** What a start waits for; the engine is told of the process meanwhile. */
export interface Before {
  /** The client of the right engine: `docker` itself, or another, which is then told anew. */
  readonly right: Promise<Docker>;
  /** Nothing starts when it rejects. */
  readonly when: Promise<unknown>;
}

/**
 * Runs processes in a running container (Docker Engine API v1.41, Exec).
 *
 * The engine's record of a process that reads input, or whose environment holds a secret, shows the constant bootstrap
 * only: its arguments and environment come by stdin. Those of another are in the record, which saves a round trip. A
 * death by signal is told as exit code 128 + number, because that is all the engine says. A process that has an input
 * outlives a lost connection to the engine until it reads end of file or writes, or its deadline has passed; one without
 * ends with it.
 */
export class ContainerTransport implements Transport {
  readonly host: string;
  readonly #docker: Docker;
  readonly #container: string;
  readonly #user: string | undefined;
  readonly #before: Before | undefined;
  readonly #bridge: SocketBridge;
  readonly #running = new Set<RemoteProcess>();
  #closed = false;

  constructor(options: ContainerTransportOptions) {
    this.host = options.host;
    this.#docker = options.docker;
    this.#container = options.container;
    this.#user = options.user;
    this.#before = options.before;
    this.#bridge = new SocketBridge(this.host, (spec, start) => this.start(spec, start));
  }

  async start(spec: ProcessSpec, options: StartOptions = {}): Promise<HostProcess> {
    if (this.#isClosed())
      throw new ConnectError('lost', 'The connection is closed', { host: this.host });
    const process = await this.#startAs(this.#user, spec, options);
    this.#running.add(process);
    void process.exit.then(() => this.#running.delete(process));
    if (this.#isClosed()) await process.cancel();
    return process;
  }

  /** Through a program in the container (socat or perl): the engine forwards no sockets. */
  async dial(endpoint: Endpoint, options: DialOptions = {}): Promise<Duplex> {
    const hint = 'Install socat or perl in the container';
    const refusal = dialError('forbidden', endpoint, {
      host: this.host,
      hint,
      said: 'nothing in the container can carry the connection',
    });
    return this.#bridge.dial(endpoint, () => Promise.reject(refusal), options);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#running].map((process) => process.cancel()));
  }

  // A function, because it may become true while a process is being started.
  #isClosed(): boolean {
    return this.#closed;
  }

  async #startAs(
    user: string | undefined,
    spec: ProcessSpec,
    options: StartOptions,
  ): Promise<RemoteProcess> {
    const terminal = options.pty !== undefined;
    // A shell more would not hand on every environment (IFS).
    const tells = options.input === 'none' && !terminal && spec.env === undefined;
    const ending = tells ? new ExecEnding() : undefined;
    const argv = ending === undefined ? spec.argv : ending.telling(spec.argv);
    const boot = bootstrap({ ...spec, argv }, { ...options, mayShow: true });
    const check = () => {
      if (options.signal?.aborted) throw new CancelledError('Cancelled', { host: this.host });
    };
    check();
    const exec = await this.#create({
      Cmd: [...boot.argv],
      AttachStdin: true,
      AttachStdout: true,
      AttachStderr: true,
      Tty: terminal,
      ...(user !== undefined && { User: user }),
    });
    check();
    const stream = await this.#translated(() =>
      exec.start({ hijack: true, stdin: true, Tty: terminal }),
    );
    const outputs = terminal ? wholeStream(stream) : splitFrames(stream, ending);
    const channel = {
      stdin: stream,
      stdout: outputs.stdout,
      stderr: outputs.stderr,
      exit: this.#exitOf(exec, outputs.broken, ending),
      close: () => void stream.destroy(),
    };
    if (boot.hasLifeLine) void endAfter(exec, stream);
    return becomeProcess(channel, boot, {
      host: this.host,
      signal: options.signal,
      kill: (pid) => this.#kill(pid),
    });
  }

  async #create(what: Docker.ExecCreateOptions): Promise<Docker.Exec> {
    const create = (docker: Docker) =>
      this.#translated(() => docker.getContainer(this.#container).exec(what));
    const created = create(this.#docker);
    if (this.#before === undefined) return created;
    // What is wrong with the container matters more than that the engine refused it for that.
    created.catch(() => undefined);
    const [right] = await Promise.all([this.#before.right, this.#before.when]);
    return right === this.#docker ? created : create(right);
  }

  /** As root, because the process may have become another user. */
  async #kill(pid: number): Promise<void> {
    const asRoot = {
      host: this.host,
      start: (spec: ProcessSpec, start?: StartOptions) => this.#startAs('0', spec, start ?? {}),
    };
    await run(asRoot, killGroup(pid));
  }

  /** Where the process did not tell how it ended, the engine does, a moment after the stream's end. */
  async #exitOf(
    exec: Docker.Exec,
    broken: ExecOutputs['broken'],
    ending: ExecEnding | undefined,
  ): Promise<Exit> {
    const cause = await broken;
    if (cause) return { kind: 'lost', cause };
    if (ending?.code !== undefined) return { kind: 'exited', code: ending.code };
    try {
      for (let waited = 0; waited <= silentMs; waited += pollMs) {
        const { Running, ExitCode } = await exec.inspect();
        if (!Running && ExitCode !== null) return { kind: 'exited', code: ExitCode };
        await delay(pollMs);
      }
    } catch (error) {
      return { kind: 'lost', cause: error as Error };
    }
    return { kind: 'lost', cause: new Error('its output ended while the process went on') };
  }

  async #translated<T>(request: () => Promise<T>): Promise<T> {
    try {
      return await request();
    } catch (error) {
      throw execError(error as Error, { host: this.host, container: this.#container });
    }
  }
}

/**
 * Half-closes the stream of a process that has ended. The engine ends its own half then, but socat, where it carries the
 * stream, does not pass that on as long as ours is open.
 */
async function endAfter(exec: Docker.Exec, stream: Duplex): Promise<void> {
  for (let pause = firstLookMs; !stream.readableEnded && !stream.destroyed; pause *= 2) {
    await delay(Math.min(pause, lastLookMs), undefined, { ref: false });
    const { Running } = await exec.inspect().catch(() => ({ Running: false }));
    if (!Running) {
      stream.end();
      return;
    }
  }
}
