// The end of a followed log, which engines forget to send when the container ends meanwhile.
import { DockerError } from '../errors.ts';
import type { Frame } from './docker-frames.ts';
import type { LogOptions } from './engine.ts';

/** RFC 3339 with nanoseconds, as the engine puts it before a message. */
export function stampOf(text: string): string | undefined {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)(?= )/.exec(text)?.[0];
}

/**
 * The messages of a followed log, and after them those that are in the log but did not come: Docker 20.10 loses a last
 * line without a line end in one of five cases under load (moby issue 43860), and the last words of a service that died
 * are what somebody who follows its log looks for.
 * @param frames - what the engine sends; each message begins with its time
 * @param again - reads the log as it is now, from a time (seconds since the epoch)
 */
export async function* withLastWords(
  frames: AsyncIterable<Frame>,
  { tail, since }: Pick<LogOptions, 'tail' | 'since'>,
  again: (since: number | undefined) => Promise<AsyncIterable<Frame>>,
): AsyncGenerator<Frame> {
  let last: string | undefined;
  for await (const frame of frames) {
    last = keyOf(frame) ?? last;
    yield frame;
  }
  // Nothing came, and older lines were not wanted: which of them are new cannot be told.
  if (last === undefined && tail === 0) return;
  const rest = await collect(again(last === undefined ? since : secondsOf(last)));
  const known = last === undefined ? -1 : rest.findLastIndex((frame) => keyOf(frame) === last);
  if (last !== undefined && known === -1) return;
  yield* rest.slice(known + 1);
}

/** What was written from the second of the last message on; nothing when the container is gone or just going. */
async function collect(opening: Promise<AsyncIterable<Frame>>): Promise<Frame[]> {
  const rest: Frame[] = [];
  try {
    for await (const frame of await opening) rest.push(frame);
  } catch (error) {
    const gone = error instanceof DockerError && ['not-found', 'conflict'].includes(error.reason);
    if (!gone) throw error;
  }
  return rest;
}

/** A time in nanoseconds and the output tell messages apart. */
function keyOf({ stream, payload }: Frame): string | undefined {
  const stamp = stampOf(payload.toString('latin1', 0, 64));
  return stamp === undefined ? undefined : `${stamp} ${stream}`;
}

function secondsOf(key: string): number {
  return Math.floor(Date.parse(key.slice(0, key.indexOf(' '))) / 1000);
}
