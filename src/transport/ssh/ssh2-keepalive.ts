// Asks a server whether it is there, by parts of ssh2 that are not its public interface.
import type { Client } from 'ssh2';

/** What this relies on in ssh2 1.17: how it sends `keepalive@openssh.com`, and who waits for the answers in turn. */
interface ClientParts {
  readonly _callbacks: (() => void)[];
  readonly _protocol: { ping(): void };
}

/** Sends a request that every server answers, if only to say that it does not know it (RFC 4254, 4). */
export function sendKeepalive(client: Client): void {
  const { _callbacks, _protocol } = client as unknown as ClientParts;
  _callbacks.push(() => undefined);
  _protocol.ping();
}
