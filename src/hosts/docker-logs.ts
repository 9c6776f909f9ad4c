// A container's log, line by line, as it comes.
import type { Readable } from 'node:stream';
import { openStream, type DockerClient } from './docker-client.ts';
import { translateFailure } from './docker-errors.ts';
import { readFrames, type Frame } from './docker-frames.ts';
import { stampOf, withLastWords } from './docker-last-words.ts';
import type { LogLine, LogOptions } from './engine.ts';
import { LineSplitter } from './line-splitter.ts';

/** A log as the engine sends it. */
interface OpenLog {
  readonly stream: Readable;
  readonly isTerminal: boolean;
}

/** Whether messages begin with their times, and whether those are wanted. */
interface Times {
  readonly sent: boolean;
  readonly wanted: boolean;
}

/** Follows or reads a log. Ends quietly when the signal is aborted while following. */
export async function* readLogs(
  client: DockerClient,
  name: string,
  options: LogOptions,
): AsyncGenerator<LogLine> {
  const { signal, follow = false, timestamps = false } = options;
  const doing = `read the log of container ${name}`;
  const ask = async (what: LogOptions): Promise<OpenLog> =>
    client.attempt(doing, () => open(client, name, what));
  try {
    if (follow) yield* followed(ask, options);
    else {
      const { stream, isTerminal } = await ask(options);
      yield* linesOf(stream, isTerminal, timestamps);
    }
  } catch (error) {
    if (follow && signal?.aborted) return;
    throw translateFailure(error, { host: client.host, doing, signal });
  }
}

async function* followed(
  ask: (options: LogOptions) => Promise<OpenLog>,
  options: LogOptions,
): AsyncGenerator<LogLine> {
  const { timestamps = false, signal } = options;
  const times = { sent: true, wanted: timestamps };
  const { stream, isTerminal } = await ask({ ...options, timestamps: true });
  if (isTerminal) {
    yield* rawLines(stream, times);
    return;
  }
  const again = async (since: number | undefined): Promise<AsyncIterable<Frame>> => {
    const { stream: rest } = await ask({ since, timestamps: true, signal });
    return readFrames(rest);
  };
  yield* framedLines(withLastWords(readFrames(stream), options, again), times);
}

async function open(
  { docker }: DockerClient,
  name: string,
  { follow = false, tail, timestamps = false, since, signal }: LogOptions,
): Promise<OpenLog> {
  signal?.throwIfAborted();
  const query = {
    stdout: true,
    stderr: true,
    follow,
    timestamps,
    tail: tail ?? 'all',
    ...(since !== undefined && { since }),
  };
  const path = `/containers/${encodeURIComponent(name)}/logs`;
  const opening = openStream(docker, path, query, signal);
  const [{ Config }, stream] = await Promise.all([
    docker.getContainer(name).inspect(),
    opening,
  ]).catch((error: unknown) => {
    opening.then((late) => late.destroy()).catch(() => undefined);
    throw error;
  });
  return { stream, isTerminal: Config.Tty };
}

/** Lines of a log stream: raw from a container with a terminal, framed from any other. */
export async function* linesOf(
  stream: AsyncIterable<Buffer>,
  isTerminal: boolean,
  timestamps: boolean,
): AsyncGenerator<LogLine> {
  const times = { sent: timestamps, wanted: timestamps };
  if (isTerminal) yield* rawLines(stream, times);
  else yield* framedLines(readFrames(stream), times);
}

async function* rawLines(
  stream: AsyncIterable<Buffer>,
  { sent, wanted }: Times,
): AsyncGenerator<LogLine> {
  const splitter = new LineSplitter();
  const toLine = (text: string): LogLine => {
    const stamp = sent ? stampOf(text) : undefined;
    if (stamp === undefined) return { stream: 'stdout', text };
    const line = { stream: 'stdout' as const, text: text.slice(stamp.length + 1) };
    return wanted ? { ...line, time: stamp } : line;
  };
  for await (const chunk of stream) yield* splitter.push(chunk).map(toLine);
  yield* splitter.end().map(toLine);
}

async function* framedLines(frames: AsyncIterable<Frame>, times: Times): AsyncGenerator<LogLine> {
  const outputs = { stdout: new Output('stdout', times), stderr: new Output('stderr', times) };
  for await (const frame of frames) yield* outputs[frame.stream].push(frame.payload);
  yield* outputs.stdout.end();
  yield* outputs.stderr.end();
}

/** One of the two outputs. A long line comes in several messages, and each of them has a time of its own. */
class Output {
  readonly #stream: LogLine['stream'];
  readonly #times: Times;
  readonly #splitter = new LineSplitter();
  #time: string | undefined;

  constructor(stream: LogLine['stream'], times: Times) {
    this.#stream = stream;
    this.#times = times;
  }

  push(payload: Buffer): LogLine[] {
    const stamp = this.#times.sent ? stampOf(payload.toString('latin1', 0, 64)) : undefined;
    if (stamp === undefined) return this.#toLines(this.#splitter.push(payload));
    if (this.#times.wanted && this.#splitter.atLineStart) this.#time = stamp;
    return this.#toLines(this.#splitter.push(payload.subarray(stamp.length + 1)));
  }

  end(): LogLine[] {
    return this.#toLines(this.#splitter.end());
  }

  #toLines(texts: readonly string[]): LogLine[] {
    const time = this.#time;
    return texts.map((text) => ({
      stream: this.#stream,
      text,
      ...(time !== undefined && { time }),
    }));
  }
}
