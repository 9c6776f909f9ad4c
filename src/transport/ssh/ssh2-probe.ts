// Asks a server for a sign of life on an ssh2 connection, by parts of ssh2 that are not its public interface.
import type { Client } from 'ssh2';

/** What this relies on in ssh2 1.17: its table of channels, and the packet by which a server asks for an agent. */
interface ClientParts {
  readonly _chanMgr: { add(answered: (refusal: Error & { reason?: unknown }) => void): number };
  readonly _protocol: object & {
    openssh_authAgent(channel: number, window: number, maxPacket: number): void;
  };
}

/**
 * Asks for a channel of a kind that only servers may open, which every server refuses at once (RFC 4254, 5.1). That
 * takes none of its sessions and writes nothing into its log, and works through a master, which passes on no request
 * but those for channels.
 * @returns a promise that resolves at the answer, rejects when the connection ends before, and else settles never
 */
export async function probe(client: Client): Promise<void> {
  const { _chanMgr, _protocol } = client as unknown as ClientParts;
  // ssh2 writes that packet for servers only.
  const asServer = Object.create(_protocol, { _server: { value: true } }) as typeof _protocol;
  await new Promise<void>((resolve, reject) => {
    const channel = _chanMgr.add((refusal) => {
      // The end of the connection is told in the same way, without the server's reason.
      if (typeof refusal.reason === 'number') resolve();
      else reject(refusal);
    });
    asServer.openssh_authAgent(channel, 0, 0);
  });
}
