// Takes apart the stream in which the engine mixes stdout and stderr of a container without a terminal.
import type { LogLine } from './engine.ts';

/** One frame: what the container wrote in one go. */
export interface Frame {
  readonly stream: LogLine['stream'];
  readonly payload: Buffer;
}

const headerBytes = 8;

/** No log driver writes more in one message; a larger length means that this is no such stream. */
const largestFrame = 16 * 1024 * 1024;

/**
 * Reads frames: one byte for the stream (1 stdout, 2 stderr), three zeros, four bytes of length, big-endian, payload
 * (Docker Engine API, "Stream format" of attach).
 * @throws Error when the bytes are not such a stream, or end within a frame
 */
export async function* readFrames(chunks: AsyncIterable<Buffer>): AsyncGenerator<Frame> {
  let pending: Buffer[] = [];
  let size = 0;
  let wanted = headerBytes;
  for await (const chunk of chunks) {
    pending.push(chunk);
    size += chunk.length;
    // Joined only when there is enough for a frame, or large frames in small chunks would be copied over and over.
    if (size < wanted) continue;
    let bytes = Buffer.concat(pending);
    for (wanted = lengthOf(bytes); bytes.length >= wanted; wanted = lengthOf(bytes)) {
      yield { stream: streamOf(bytes), payload: bytes.subarray(headerBytes, wanted) };
      bytes = bytes.subarray(wanted);
    }
    pending = [bytes];
    size = bytes.length;
  }
  if (size > 0) throw new Error('the log ended within a message');
}

/** Bytes of the frame at the start, with its header; of the header where even that is incomplete. */
function lengthOf(bytes: Buffer): number {
  if (bytes.length < headerBytes) return headerBytes;
  const length = bytes.readUInt32BE(4);
  if (length > largestFrame) throw new Error('the log is not in the form that Docker describes');
  return headerBytes + length;
}

function streamOf(bytes: Buffer): LogLine['stream'] {
  return bytes[0] === 2 ? 'stderr' : 'stdout';
}
