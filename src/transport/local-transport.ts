// This machine as a host: child processes in their own process groups, sockets by node:net.
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { CancelledError, ConnectError, UnsupportedError } from '../errors.ts';
import { bootstrap } from './bootstrap.ts';
import { dialLocal } from './dial-local.ts';
import { asShellWould, exitOf, launch, obstacleAt, stillborn } from './local-process.ts';
import { endGroup } from './process-group.ts';
import { checkProcess, revealValue } from './quote.ts';
import { becomeProcess } from './remote-process.ts';
import { SocketBridge } from './socket-bridge.ts';
import type { SudoPasswords } from './sudo-password.ts';
import type {
  DialOptions,
  Endpoint,
  HostProcess,
  ProcessSpec,
  PtySize,
  StartOptions,
  Transport,
} from './transport.ts';

/** Milliseconds that outputs held by a process outside the group may take after a cancelled group has ended. */
const stragglerMs = 500;

/** What processes of this machine are started with. */
export interface LocalTransportOptions {
  /** Inventory name. */
  readonly host: string;
  /** Environment of every process: the operator's. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Passwords for sudo; left out: only sudo without one is used. */
  readonly sudoPasswords?: SudoPasswords | undefined;
}

/**
 * Runs processes on this machine. A process has its own session and process group, so cancelling reaches its children.
 *
 * A terminal (`pty`) needs a helper that Node does not have: script(1) of util-linux lends it. Without it, or on macOS,
 * whose script(1) takes other options, `start` throws UnsupportedError.
 */
export class LocalTransport implements Transport {
  readonly host: string;
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #bridge: SocketBridge;
  /** Ends each thing that was started and is not over. */
  readonly #open = new Set<() => Promise<void>>();
  #closed = false;

  constructor(options: LocalTransportOptions) {
    this.host = options.host;
    this.#env = options.env;
    this.#bridge = new SocketBridge(
      this.host,
      (spec, start) => this.start(spec, start),
      options.sudoPasswords,
    );
  }

  async start(spec: ProcessSpec, options: StartOptions = {}): Promise<HostProcess> {
    checkProcess(spec);
    this.#check(options.signal);
    if (options.pty) return this.#startTerminal(spec, options.pty, options.signal);
    const obstacle = await obstacleAt(spec.cwd);
    if (obstacle !== undefined) return stillborn(125, obstacle);
    this.#check(options.signal);

    const env = { ...this.#env, ...revealAll(spec.env) };
    const child = await launch(spec.argv, env, spec.cwd);
    if (child instanceof Error) return asShellWould(this.host, spec, child);
    const exit = exitOf(child);
    this.#track(child, exit, options.signal);
    child.stdin.on('error', () => undefined);
    if (options.input === 'none') child.stdin.end();
    return { stdin: child.stdin, stdout: child.stdout, stderr: child.stderr, exit };
  }

  async dial(endpoint: Endpoint, options: DialOptions = {}): Promise<Duplex> {
    this.#check(options.signal);
    const direct = async () => {
      const socket = await dialLocal(this.host, endpoint, options);
      const end = () => Promise.resolve(void socket.destroy());
      this.#open.add(end);
      socket.once('close', () => this.#open.delete(end));
      return socket;
    };
    return this.#bridge.dial(endpoint, direct, options);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#open].map((end) => end()));
  }

  #check(signal: AbortSignal | undefined): void {
    if (signal?.aborted) throw new CancelledError('Cancelled', { host: this.host });
    if (this.#closed) {
      throw new ConnectError('lost', 'The connection is closed', { host: this.host });
    }
  }

  #track(
    child: ChildProcessWithoutNullStreams,
    exit: Promise<unknown>,
    signal: AbortSignal | undefined,
  ): void {
    const end = async () => {
      await endGroup(child.pid ?? 0);
      await Promise.race([exit, delay(stragglerMs, undefined, { ref: false })]);
      child.stdout.destroy();
      child.stderr.destroy();
      await exit;
    };
    const stop = () => void end();
    this.#open.add(end);
    signal?.addEventListener('abort', stop, { once: true });
    // Either may have happened while it was being started.
    if (signal?.aborted || this.#closed) stop();
    void exit.then(() => {
      this.#open.delete(end);
      signal?.removeEventListener('abort', stop);
    });
  }

  async #startTerminal(
    spec: ProcessSpec,
    pty: PtySize,
    signal: AbortSignal | undefined,
  ): Promise<HostProcess> {
    const boot = bootstrap(spec, { pty });
    const argv = ['script', '-q', '-e', '-f', '-c', boot.command, '/dev/null'];
    const child = await launch(argv, { ...this.#env, SHELL: '/bin/sh' });
    if (child instanceof Error) {
      const hint = 'Install script (package bsdutils or util-linux)';
      throw new UnsupportedError('A terminal needs the program script', { host: this.host, hint });
    }
    const exit = exitOf(child);
    this.#track(child, exit, undefined);
    const channel = { ...pick(child), exit, close: () => void endGroup(child.pid ?? 0) };
    return becomeProcess(channel, boot, { host: this.host, signal, kill: endGroup });
  }
}

function pick({ stdin, stdout, stderr }: ChildProcessWithoutNullStreams) {
  return { stdin, stdout, stderr };
}

function revealAll(env: ProcessSpec['env'] = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(env).map(([key, value]) => [key, revealValue(value)]));
}
