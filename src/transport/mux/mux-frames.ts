// Cuts a byte stream into frames that carry their length in front. Every byte is copied once at most.

const headerBytes = 4;

/** Feeds chunks in, gets frames out. A frame that lies within one chunk is not copied. */
export class FrameCutter {
  readonly #mostBytes: number;
  readonly #header = Buffer.alloc(headerBytes);
  #headerFilled = 0;
  #body: Buffer | undefined;
  #bodyFilled = 0;

  /** @param mostBytes - a longer frame is an error, before anything is set aside for it */
  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  /**
   * Takes a chunk and hands on each frame that it completes, without its length. Answers where it stopped: the chunk's
   * end, unless `onFrame` returned false.
   * @throws RangeError for a frame that is longer than allowed
   */
  push(chunk: Buffer, onFrame: (body: Buffer) => boolean | undefined, start = 0): number {
    let offset = start;
    while (offset < chunk.length) {
      const [body, next] = this.#take(chunk, offset);
      offset = next;
      if (body !== undefined && onFrame(body) === false) return offset;
    }
    return offset;
  }

  /** The frame that ends in the chunk, if one does, and how far the chunk was read. */
  #take(chunk: Buffer, offset: number): [body: Buffer | undefined, next: number] {
    if (this.#body !== undefined) return this.#fill(this.#body, chunk, offset);
    if (this.#headerFilled > 0 || chunk.length - offset < headerBytes) {
      return this.#fillHeader(chunk, offset);
    }
    const length = this.#checked(chunk.readUInt32BE(offset));
    const from = offset + headerBytes;
    if (chunk.length - from >= length) return [chunk.subarray(from, from + length), from + length];
    return this.#fill(this.#begin(length), chunk, from);
  }

  #fillHeader(chunk: Buffer, offset: number): [body: Buffer | undefined, next: number] {
    const copied = chunk.copy(this.#header, this.#headerFilled, offset);
    this.#headerFilled += copied;
    if (this.#headerFilled < headerBytes) return [undefined, offset + copied];
    this.#headerFilled = 0;
    const body = this.#begin(this.#checked(this.#header.readUInt32BE(0)));
    return this.#fill(body, chunk, offset + copied);
  }

  #begin(length: number): Buffer {
    this.#bodyFilled = 0;
    this.#body = Buffer.allocUnsafe(length);
    return this.#body;
  }

  #fill(body: Buffer, chunk: Buffer, offset: number): [body: Buffer | undefined, next: number] {
    const copied = chunk.copy(body, this.#bodyFilled, offset);
    this.#bodyFilled += copied;
    if (this.#bodyFilled < body.length) return [undefined, offset + copied];
    this.#body = undefined;
    return [body, offset + copied];
  }

  #checked(length: number): number {
    if (length <= this.#mostBytes) return length;
    throw new RangeError(`a frame of ${length} bytes, more than ${this.#mostBytes}`);
  }
}
