// The parts of ssh2's channels that it does not document and that speed needs. Nothing else in occ touches them.
import type { Duplex, Readable } from 'node:stream';
import type { ClientChannel } from 'ssh2';

/**
 * What occ relies on, as it is in ssh2 1.17 (`lib/Channel.js`, `lib/client.js`). A test holds ssh2 against it; should
 * ssh2 be another one all the same, {@link internalsOf} finds out and occ does without the speed.
 */
export interface ChannelInternals {
  /** Our side. ssh2 subtracts what arrives, before it pushes it, and never lets it stop a server that sends more. */
  readonly incoming: {
    /** Bytes that the server may still send (RFC 4254, 5.2). ssh2 raises it to 2 MiB whenever it is below 1 MiB. */
    window: number;
    readonly state: string;
  };
  /** The server's side; `open` as long as it takes data. */
  readonly outgoing: { readonly id: number; readonly state: string };
  readonly _client: {
    /** What packets are written to. ssh2 pays no attention to how much waits there. */
    readonly _sock: Duplex;
    readonly _protocol: {
      /** Sends SSH_MSG_CHANNEL_WINDOW_ADJUST and leaves `incoming.window` as it is. */
      channelWindowAdjust(channel: number, bytes: number): void;
    };
  };
  readonly stderr: Readable;
}

/** Undefined when ssh2 is not what it was. */
export function internalsOf(channel: ClientChannel): ChannelInternals | undefined {
  const inside = channel as Partial<Pick<ChannelInternals, '_client' | 'incoming' | 'outgoing'>>;
  const known =
    typeof inside.incoming?.window === 'number' &&
    typeof inside.incoming.state === 'string' &&
    typeof inside.outgoing?.id === 'number' &&
    typeof inside.outgoing.state === 'string' &&
    typeof inside._client?._protocol.channelWindowAdjust === 'function' &&
    typeof inside._client._sock.cork === 'function';
  return known ? (channel as unknown as ChannelInternals) : undefined;
}
