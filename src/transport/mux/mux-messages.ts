// The messages about channels that pass through a master (RFC 4254, 5), as far as they have to be understood. Pure.
import { MuxError } from './mux-error.ts';

/** Numbers of messages (RFC 4250, 4.1.2). */
export const message = {
  open: 90,
  confirmation: 91,
  refusal: 92,
  close: 97,
  request: 98,
  success: 99,
  failure: 100,
} as const;

/** Length, and a byte that says that there is no padding: the head of a packet in proxy mode (PROTOCOL.mux, 9). */
export const headBytes = 5;

/** Room for a message, which starts at byte 5, behind its head. */
export function allocPacket(length: number): Buffer {
  const packet = Buffer.allocUnsafe(headBytes + length);
  packet.writeUInt32BE(length + 1);
  packet[4] = 0;
  return packet;
}

/** Puts the head in front of a message. */
export function packetOf(body: Buffer): Buffer {
  const packet = allocPacket(body.length);
  body.copy(packet, headBytes);
  return packet;
}

/** A message of the server. */
export interface MuxMessage {
  readonly type: number;
  /** The client's number of the channel. */
  readonly channel: number;
  /** The server's number, in a confirmation. */
  readonly sender: number | undefined;
}

/** True for what concerns channels: nothing else passes through a master. */
export function isChannelMessage(type: number | undefined): type is number {
  return type !== undefined && type >= message.open && type <= message.failure;
}

/** @throws MuxError `protocol` */
export function readMessage(body: Buffer): MuxMessage {
  const type = body[0];
  const shortest = type === message.confirmation ? 9 : 5;
  if (!isChannelMessage(type) || type === message.open || body.length < shortest) {
    throw new MuxError('protocol', 'The master sent what is no message about a channel');
  }
  const sender = type === message.confirmation ? body.readUInt32BE(5) : undefined;
  return { type, channel: body.readUInt32BE(1), sender };
}

/** The kind of channel that a CHANNEL_OPEN asks for, and the client's number for it. */
export function readOpen(body: Buffer): { kind: string; channel: number } {
  const end = 5 + body.readUInt32BE(1);
  return { kind: body.toString('latin1', 5, end), channel: body.readUInt32BE(end) };
}

/** True for a CHANNEL_REQUEST that wants an answer. */
export function isRequest(body: Buffer): boolean {
  return body[0] === message.request && body[9 + body.readUInt32BE(5)] === 1;
}

/** CHANNEL_OPEN of a session that can carry nothing. */
export function openSession(channel: number): Buffer {
  return Buffer.concat([Buffer.of(message.open), text('session'), words(channel, 0, 0)]);
}

/** CHANNEL_CLOSE. */
export function closeChannel(remote: number): Buffer {
  return Buffer.concat([Buffer.of(message.close), words(remote)]);
}

/** CHANNEL_REQUEST that every server answers, most with a failure, and that does nothing. */
export function keepalive(remote: number): Buffer {
  const name = text('keepalive@openssh.com');
  return Buffer.concat([Buffer.of(message.request), words(remote), name, Buffer.of(1)]);
}

/** CHANNEL_OPEN_FAILURE: unknown kind of channel, without a text. */
export function refusalOf(channel: number): Buffer {
  return Buffer.concat([Buffer.of(message.refusal), words(channel, 3, 0, 0)]);
}

function text(value: string): Buffer {
  return Buffer.concat([words(value.length), Buffer.from(value, 'latin1')]);
}

function words(...values: number[]): Buffer {
  const buffer = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => buffer.writeUInt32BE(value, index * 4));
  return buffer;
}
