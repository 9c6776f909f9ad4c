// A container's log, line by line, as it comes.
import type { Readable } from 'node:stream';
import { openStream, type DockerClient } from './docker-client.ts';
import { translateFailure } from './docker-errors.ts';
import { readFrames } from './docker-frames.ts';
import type { LogLine, LogOptions } from './engine.ts';
import { LineSplitter } from './line-splitter.ts';

/** Follows or reads a log. Ends quietly when the signal is aborted while following. */
export async function* readLogs(
  client: DockerClient,
  name: string,
  options: LogOptions,
): AsyncGenerator<LogLine> {
  const { signal, follow = false } = options;
  const doing = `read the log of container ${name}`;
  try {
    const { stream, isTerminal } = await client.attempt(doing, () => open(client, name, options));
    yield* linesOf(stream, isTerminal, options.timestamps ?? false);
  } catch (error) {
    if (follow && signal?.aborted) return;
    throw translateFailure(error, { host: client.host, doing, signal });
  }
}

async function open(
  { docker }: DockerClient,
  name: string,
  { follow = false, tail, timestamps = false, since, signal }: LogOptions,
): Promise<{ stream: Readable; isTerminal: boolean }> {
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
  if (isTerminal) yield* rawLines(stream, timestamps);
  else yield* framedLines(stream, timestamps);
}

async function* rawLines(
  stream: AsyncIterable<Buffer>,
  timestamps: boolean,
): AsyncGenerator<LogLine> {
  const splitter = new LineSplitter();
  const toLine = (text: string): LogLine => {
    const stamp = timestamps ? stampOf(text) : undefined;
    if (stamp === undefined) return { stream: 'stdout', text };
    return { stream: 'stdout', text: text.slice(stamp.length + 1), time: stamp };
  };
  for await (const chunk of stream) yield* splitter.push(chunk).map(toLine);
  yield* splitter.end().map(toLine);
}

async function* framedLines(
  stream: AsyncIterable<Buffer>,
  timestamps: boolean,
): AsyncGenerator<LogLine> {
  const outputs = { stdout: new Output('stdout'), stderr: new Output('stderr') };
  for await (const frame of readFrames(stream)) {
    yield* outputs[frame.stream].push(frame.payload, timestamps);
  }
  yield* outputs.stdout.end();
  yield* outputs.stderr.end();
}

/** One of the two outputs. A long line comes in several messages, and each of them has a time of its own. */
class Output {
  readonly #stream: LogLine['stream'];
  readonly #splitter = new LineSplitter();
  #time: string | undefined;

  constructor(stream: LogLine['stream']) {
    this.#stream = stream;
  }

  push(payload: Buffer, timestamps: boolean): LogLine[] {
    if (!timestamps) return this.#toLines(this.#splitter.push(payload));
    const stamp = stampOf(payload.toString('latin1', 0, 64));
    if (stamp === undefined) return this.#toLines(this.#splitter.push(payload));
    if (this.#splitter.atLineStart) this.#time = stamp;
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

/** RFC 3339 with nanoseconds, as the engine puts it before a message. */
function stampOf(text: string): string | undefined {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)(?= )/.exec(text)?.[0];
}
