// The data types of the SSH protocols (RFC 4251, 5): reading with bounds, writing.

/** Reads values one after the other. Every method throws a RangeError where the data ends too early. */
export class WireReader {
  readonly #data: Buffer;
  #offset: number;

  constructor(data: Buffer, offset = 0) {
    this.#data = data;
    this.#offset = offset;
  }

  /** Bytes that have not been read. */
  get left(): number {
    return this.#data.length - this.#offset;
  }

  byte(): number {
    return this.#take(1).readUInt8(0);
  }

  uint32(): number {
    return this.#take(4).readUInt32BE(0);
  }

  uint64(): bigint {
    return this.#take(8).readBigUInt64BE(0);
  }

  /** A `string` or `mpint`: its bytes, as a view of the data. */
  string(): Buffer {
    return this.#take(this.uint32());
  }

  /** A `string` that holds text. */
  text(): string {
    return this.string().toString('utf8');
  }

  /** Everything that has not been read. */
  rest(): Buffer {
    return this.#take(this.left);
  }

  #take(length: number): Buffer {
    if (length > this.left) throw new RangeError('The data ends too early');
    const taken = this.#data.subarray(this.#offset, this.#offset + length);
    this.#offset += length;
    return taken;
  }
}

/** A `uint32`. */
export function wireUint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** A `string`. */
export function wireString(value: Buffer | string): Buffer {
  const bytes = typeof value === 'string' ? Buffer.from(value, 'utf8') : value;
  return Buffer.concat([wireUint32(bytes.length), bytes]);
}

/** An `mpint` of a number that is not negative, from its bytes, most significant first. */
export function wireMpint(magnitude: Buffer): Buffer {
  let start = 0;
  while (start < magnitude.length && magnitude[start] === 0) start += 1;
  const digits = magnitude.subarray(start);
  const signed = (digits[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), digits]) : digits;
  return wireString(signed);
}
