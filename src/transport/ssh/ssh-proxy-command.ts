// The standard streams of a ProxyCommand as the byte stream of an SSH connection (ssh_config(5)).
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { kill } from 'node:process';
import { Duplex, type Readable, type Writable } from 'node:stream';
import { ConnectError } from '../../errors.ts';
import { sanitizeLine } from '../../sanitize.ts';
import { messageOf } from '../../thrown.ts';
import { describePlace, sshTrial, type SshPlace } from './ssh-place.ts';
import type { SocketContext } from './ssh-socket-context.ts';
import { StderrTail } from '../stderr-tail.ts';

/** Characters of a ProxyCommand's stderr that an error shows. */
const shownCharacters = 300;

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

/** A stream whose maker can say more about its end than the stream. */
export class ProxyStream extends Duplex {
  /** Why the command ended, and what it said; undefined while it runs, and where it ended as it should. */
  failure: ConnectError | undefined;
  readonly #child: Child;
  readonly #stderr: StderrTail;
  readonly #place: SshPlace;

  constructor(child: Child, place: SshPlace) {
    super({ allowHalfOpen: false });
    this.#child = child;
    this.#place = place;
    this.#stderr = new StderrTail(child.stderr);
    child.stdin.on('error', () => undefined);
    child.stdout.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) child.stdout.pause();
    });
    child.stdout.on('error', () => undefined);
    child.on('error', (error) => this.#fail(`could not be started: ${messageOf(error)}`, error));
    child.once('close', (code, signal) => this.#ended(code, signal));
  }

  override _read(): void {
    this.#child.stdout.resume();
  }

  override _write(
    chunk: Buffer,
    _encoding: BufferEncoding,
    done: (error?: Error | null) => void,
  ): void {
    // A reader that is gone shows as the end of the command, which says more than EPIPE.
    this.#child.stdin.write(chunk, () => done());
  }

  override _final(done: () => void): void {
    this.#child.stdin.end();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    endGroupNow(this.#child.pid);
    this.#child.stdout.resume();
    done(error);
  }

  /** What the command said, as the end of a sentence. */
  get said(): string {
    const text = sanitizeLine(this.#stderr.text.trim().replace(/\s*\r?\n\s*/g, '; '));
    return text === '' ? '' : `, saying: ${text.slice(-shownCharacters)}`;
  }

  #ended(code: number | null, signal: string | null): void {
    const how = code === null ? `was ended by ${signal ?? 'a signal'}` : `exited with ${code}`;
    if (code !== 0) this.failure ??= this.#error(how);
    this.push(null);
  }

  #fail(why: string, cause: Error): void {
    this.failure = this.#error(why, cause);
    this.destroy();
  }

  #error(how: string, cause?: Error): ConnectError {
    const message = `The ProxyCommand for ${describePlace(this.#place)} ${how}${this.said}`;
    const hint = `Try it: ${sshTrial(this.#place)}`;
    return new ConnectError('unreachable', message, { host: this.#place.host, hint, cause });
  }
}

/**
 * As OpenSSH does: the user's shell becomes the command. It has a process group of its own, which ends with the stream.
 * @throws ConnectError `config` with ProxyUseFdpass: the command would pass a descriptor instead of bytes
 */
export function runProxyCommand(context: SocketContext, command: string): ProxyStream {
  const { place, env, config, stages } = context;
  if (config.proxyUseFdpass) {
    throw new ConnectError('config', 'occ itself does not support ProxyUseFdpass', {
      host: place.host,
      hint: 'Use a ProxyCommand that copies its standard input and output, or ProxyJump.',
    });
  }
  const child = spawn(env['SHELL'] ?? '/bin/sh', ['-c', `exec ${command}`], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env,
    detached: true,
  });
  stages.passed('tcp', place, 'through its ProxyCommand');
  return new ProxyStream(child, place);
}

/** The command, and what it started. */
function endGroupNow(leader: number | undefined): void {
  if (leader === undefined) return;
  try {
    kill(-leader, 'SIGTERM');
  } catch {
    return;
  }
  setTimeout(() => endGroupForSure(leader), 500).unref();
}

function endGroupForSure(leader: number): void {
  try {
    kill(-leader, 'SIGKILL');
  } catch {
    // It is gone, as it should be.
  }
}
