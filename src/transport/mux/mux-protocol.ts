// The messages that are exchanged with an OpenSSH master (PROTOCOL.mux of OpenSSH, version 4). Pure.
import { sanitizeLine } from '../../sanitize.ts';
import { MuxError } from './mux-error.ts';

/** The version since OpenSSH 5.1; a client refuses any other (PROTOCOL.mux, 1). */
const version = 4;

const hello = 0x00000001;
const ok = 0x80000001;
const permissionDenied = 0x80000002;
const failure = 0x80000003;
const alive = 0x80000005;
const proxy = 0x8000000f;

/** What a master is asked. */
export type MuxRequest = 'alive-check' | 'terminate' | 'proxy';

const requestTypes: Readonly<Record<MuxRequest, number>> = {
  'alive-check': 0x10000004,
  terminate: 0x10000005,
  proxy: 0x1000000f,
};

/** What a master answers. */
export type MuxReply =
  | { readonly kind: 'ok' | 'proxy' }
  | { readonly kind: 'alive'; readonly pid: number }
  | { readonly kind: 'denied' | 'failed'; readonly why: string };

/** The greeting, with its length in front. */
export function helloFrame(): Buffer {
  return frame(hello, version);
}

/** A request that carries nothing but its id. */
export function requestFrame(request: MuxRequest, id: number): Buffer {
  return frame(requestTypes[request], id);
}

function frame(...words: number[]): Buffer {
  const buffer = Buffer.alloc(4 + words.length * 4);
  buffer.writeUInt32BE(words.length * 4);
  words.forEach((word, index) => buffer.writeUInt32BE(word, 4 + index * 4));
  return buffer;
}

/**
 * Checks the greeting of a master.
 * @throws MuxError `protocol` when it is none, `unsupported` for another version
 */
export function checkHello(body: Buffer): void {
  if (body.length < 8 || body.readUInt32BE(0) !== hello) {
    throw new MuxError('protocol', 'What listens there does not greet as an OpenSSH master does');
  }
  const theirs = body.readUInt32BE(4);
  if (theirs === version) return;
  throw new MuxError('unsupported', `The master speaks version ${theirs} of its protocol`);
}

/**
 * Reads the answer to a request.
 * @throws MuxError `protocol` when it is not one
 */
export function readReply(body: Buffer, id: number): MuxReply {
  if (body.length < 8 || body.readUInt32BE(4) !== id) throw noReply();
  switch (body.readUInt32BE(0)) {
    case ok:
      return { kind: 'ok' };
    case proxy:
      return { kind: 'proxy' };
    case alive:
      if (body.length < 12) throw noReply();
      return { kind: 'alive', pid: body.readUInt32BE(8) };
    case permissionDenied:
      return { kind: 'denied', why: readText(body) };
    case failure:
      return { kind: 'failed', why: readText(body) };
    default:
      throw noReply();
  }
}

function readText(body: Buffer): string {
  if (body.length < 12) throw noReply();
  return sanitizeLine(body.subarray(12, 12 + body.readUInt32BE(8)).toString('utf8'));
}

function noReply(): MuxError {
  return new MuxError('protocol', 'The master does not answer what it was asked');
}
