// Runs processes as root on a host: as they are, by sudo or doas without a password, or by sudo with one.
import { randomBytes } from 'node:crypto';
import { finished } from 'node:stream';
import { UsageError } from '../errors.ts';
import { Secret } from '../secret.ts';
import { AnnouncementGate } from './announcement.ts';
import { nothing } from './command.ts';
import { rootError } from './root-error.ts';
import { capture, run, type RunOptions } from './run.ts';
import {
  probeSudo,
  refusalIn,
  tryPasswordArgv,
  withoutPassword,
  withPassword,
  type SudoProbe,
} from './sudo.ts';
import type { SudoPasswords } from './sudo-password.ts';
import type { HostProcess, ProcessSpec, StartOptions, Transport } from './transport.ts';

type Start = Transport['start'];

/** How root is become. */
export type RootWay =
  | { readonly kind: 'root' }
  | { readonly kind: 'free'; readonly program: 'sudo' | 'doas' }
  | { readonly kind: 'password'; readonly user: string; readonly password: Secret };

/** Wrong passwords before it is given up, as sudo has it. */
const mostTries = 3;

/** Milliseconds that sudo has for letting somebody in: more than its own delay after a wrong password. */
const patienceMs = 30_000;

/** Root on one host. The way is found at the first use and kept; a failure is not kept. */
export class RootAccess {
  readonly host: string;
  readonly #start: Start;
  readonly #passwords: SudoPasswords | undefined;
  #probe: Promise<SudoProbe> | undefined;
  #way: Promise<RootWay> | undefined;

  /** @param passwords - left out: nobody knows one */
  constructor(host: string, start: Start, passwords?: SudoPasswords) {
    this.host = host;
    this.#start = start;
    this.#passwords = passwords;
  }

  /** What becoming root takes. Asks nobody for a password. */
  probe(options: RunOptions = {}): Promise<SudoProbe> {
    return (this.#probe ??= run(this.#runner, probeSudo(), options).catch((error: unknown) => {
      this.#probe = undefined;
      throw error;
    }));
  }

  /**
   * The way to become root; asks for a password where that is needed.
   * @throws RootError, and what reaching the host can fail with
   */
  way(options: RunOptions = {}): Promise<RootWay> {
    return (this.#way ??= this.#find(options).catch((error: unknown) => {
      this.#way = undefined;
      throw error;
    }));
  }

  /**
   * Starts a process as root. Its signals may not reach it: who became root by a password cannot be ended by its user,
   * only by the end of its input.
   * @throws RootError, and what {@link Transport.start} throws
   */
  async start(spec: ProcessSpec, options: StartOptions = {}): Promise<HostProcess> {
    const way = await this.way(options);
    if (way.kind === 'root') return this.#start(spec, options);
    const { argv, ...rest } = withEnvInside(spec);
    if (way.kind === 'password') return this.#startGated({ argv, ...rest }, options, way);
    return this.#start({ ...rest, argv: withoutPassword(way.program, argv) }, options);
  }

  get #runner() {
    return { host: this.host, start: this.#start };
  }

  async #find(options: RunOptions): Promise<RootWay> {
    const probe = await this.probe(options);
    const { state } = probe;
    if (state === 'root') return { kind: 'root' };
    if (state === 'sudo' || state === 'doas') return { kind: 'free', program: state };
    if (state === 'none') throw rootError('none', this.host, probe);
    if (state === 'tty') throw rootError('tty', this.host, probe);
    if (state === 'refused') throw rootError('not-allowed', this.host, probe);
    return this.#askPassword(probe, options);
  }

  async #askPassword(probe: SudoProbe, options: RunOptions): Promise<RootWay> {
    const question = { host: this.host, user: probe.user };
    for (let tried = 0; tried < mostTries; tried += 1) {
      const password = await this.#passwords?.get(question);
      if (password === undefined) throw rootError('no-password', this.host, probe);
      const refusal = await this.#try(password, options);
      if (refusal === undefined) {
        await this.#passwords?.accepted(question, password);
        return { kind: 'password', user: probe.user, password };
      }
      if (refusal.reason !== 'wrong-password') {
        throw rootError(refusal.reason, this.host, probe, refusal.said);
      }
      await this.#passwords?.rejected(question, password);
    }
    throw rootError('wrong-password', this.host, probe);
  }

  /** Undefined when sudo takes it. */
  async #try(password: Secret, options: RunOptions) {
    const { exit, stderr } = await capture(
      this.#runner,
      {
        argv: tryPasswordArgv,
        env: { LC_ALL: 'C' },
        stdin: asLine(password),
        purpose: 'become root',
        timeoutMs: patienceMs,
        parse: nothing,
      },
      options,
    );
    if (exit.kind === 'exited' && exit.code === 0) return undefined;
    const said = stderr.toString('utf8');
    return { reason: refusalIn(said), said };
  }

  /** The input is the caller's only once sudo has let us in: a sudo that asks again must not read it as a password. */
  async #startGated(
    spec: ProcessSpec,
    options: StartOptions,
    { user, password }: Extract<RootWay, { kind: 'password' }>,
  ): Promise<HostProcess> {
    const words = { marker: word(), ready: word() };
    const stop = new AbortController();
    const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
    const process = await this.#start(
      { ...spec, argv: withPassword(spec.argv, words), env: { LC_ALL: 'C' } },
      { ...options, signal, input: undefined },
    );
    process.stdin.on('error', () => undefined);
    process.stdin.write(`${asLine(password).reveal()}${words.marker}\n`);
    const gate = new AnnouncementGate(words.ready, { keepPreamble: true });
    finished(process.stderr, { writable: false }, () => gate.end());
    process.stderr.pipe(gate, { end: false });
    const late = setTimeout(() => stop.abort(), patienceMs);
    process.stderr.on('data', () => {
      if (!gate.isOpen && refusalIn(gate.preamble) !== 'failed') stop.abort();
    });
    const pid = await gate.pid.finally(() => clearTimeout(late));
    if (pid !== undefined) {
      if (options.input === 'none') process.stdin.end();
      return { ...process, stderr: gate };
    }
    process.stdout.resume();
    const said = gate.preamble;
    gate.resume();
    const exit = await process.exit;
    if (exit.kind === 'lost' || options.signal?.aborted) return { ...process, stderr: gate };
    throw rootError(refusalIn(said), this.host, { user }, said);
  }
}

/** sudo and doas drop most of the environment, so env(1) sets it behind them, where everybody can see it. */
function withEnvInside({ argv, env = {}, cwd }: ProcessSpec): ProcessSpec {
  const entries = Object.entries(env);
  if (entries.length === 0) return { argv, cwd };
  if (entries.some(([, value]) => value instanceof Secret)) {
    throw new UsageError('A secret cannot be in the environment of a command that sudo runs');
  }
  const words = entries.map(([name, value]) => `${name}=${String(value)}`);
  return { argv: ['env', ...words, ...argv], cwd, env: { LC_ALL: 'C' } };
}

function asLine(password: Secret): Secret {
  // A line end in it would give what follows to somebody else.
  return new Secret(`${password.reveal().replaceAll(/[\r\n\0]/g, '')}\n`);
}

function word(): string {
  return randomBytes(16).toString('hex');
}
