// Lets ssh2 speak the connection protocol (RFC 4254) over a master in proxy mode. All use of ssh2's private parts is here.
import type { Socket } from 'node:net';
import ssh2 from 'ssh2';
import type { Client } from 'ssh2';
import { MuxError } from './mux-error.ts';
import { FrameCutter } from './mux-frames.ts';
import { leave, type LeaveOptions } from './mux-leave.ts';
import { allocPacket, headBytes, isChannelMessage } from './mux-messages.ts';
import { SignOfLife } from './mux-sign-of-life.ts';
import { narrowWindows } from '../ssh/ssh-window.ts';

/*
 * What this takes for granted of ssh2 1.17, and test/contract/mux-client.test.ts checks with a real master:
 * - `connect()` sets `_protocol` before it returns, and calls its `start()`, which writes the version line, later.
 * - Data of the socket goes to `_protocol.parse`, which calls `_parse(chunk, from, length)` until it answers `length`.
 * - `_protocol._onPayload(payload)` handles a message, whatever the state of the key exchange.
 * - Every message that is sent is made by `_cipher.allocPacket(length)` and handed to `_cipher.encrypt(packet)`; the
 *   message starts at byte 5.
 * - `_onHeader` tells the client that the other side is an SSH server, without which its end would be an error.
 * - The end, close and error of the socket become the client's; channels are closed then.
 */
interface PrivateProtocol {
  start: (() => void) | undefined;
  _authenticated: boolean;
  _cipher: PacketSink;
  _parse: (chunk: Buffer, from: number, length: number) => number;
  readonly _onPayload: (payload: Buffer) => unknown;
  readonly _onHeader: (header: { versions: { software: string }; greeting: undefined }) => void;
}

interface PacketSink {
  readonly allocPacket: (length: number) => Buffer;
  readonly encrypt: (packet: Buffer) => void;
  readonly free: () => void;
}

/** The master itself takes no longer packets (CHANNEL_MUX_MAX_PACKET of OpenSSH). */
const longestPacket = 256 * 1024;

/**
 * Makes a client of a socket that is in proxy mode. It is logged in: commands and forwardings can be opened. What ends the
 * socket ends the client, and ending the client ends the socket, never the master's own connection.
 * @param options - whether the master must survive this client whatever it does
 */
export function clientOver(socket: Socket, options: LeaveOptions): Client {
  const client = new ssh2.Client();
  narrowWindows(client);
  client.connect({ sock: socket, username: 'master', readyTimeout: 0, strictVendor: false });
  const protocol = (client as unknown as { _protocol: PrivateProtocol })._protocol;
  // The master has done all of this: version lines, key exchange, login.
  protocol.start = () => undefined;
  protocol._authenticated = true;
  protocol._onHeader({ versions: { software: 'OpenSSH_mux' }, greeting: undefined });
  const life = new SignOfLife((packet) => {
    if (socket.writable) socket.write(packet);
  });
  socket.once('close', () => life.stop());
  protocol._cipher = plainPackets(life);
  protocol._parse = plainMessages(protocol, life);
  // ssh2's own goodbye would make the master hang up on the server.
  client.end = () => {
    void leave(socket, life.channels, options);
    return client;
  };
  return client;
}

function plainPackets(life: SignOfLife): PacketSink {
  return {
    allocPacket,
    encrypt: (packet) => {
      // The master hands on whatever it does not know, a disconnect too, and drops its client for a keepalive.
      if (isChannelMessage(packet[headBytes])) life.sent(packet);
    },
    free: () => undefined,
  };
}

function plainMessages(protocol: PrivateProtocol, life: SignOfLife): PrivateProtocol['_parse'] {
  const cutter = new FrameCutter(longestPacket);
  const onFrame = (frame: Buffer): undefined => {
    // ssh2 emits what is thrown here as the client's error, and ends the socket.
    if (frame[0] !== 0) throw new MuxError('protocol', 'The master sent a message with padding');
    for (const body of life.received(frame.subarray(1))) protocol._onPayload(body);
  };
  return (chunk, from, length) => {
    cutter.push(from === 0 ? chunk : chunk.subarray(from), onFrame);
    return length;
  };
}
