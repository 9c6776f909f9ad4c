// Keeps a server from going on while its host key is still in question, by parts of ssh2 that are not its public interface.
import type { Client } from 'ssh2';

/** What this relies on in ssh2 1.17: after a key exchange, every message goes through this property. */
interface ClientParts {
  readonly _protocol: { _onPayload: (payload: Buffer) => unknown };
}

/** Messages that say nothing about a login: disconnect, ignore, unimplemented, debug, extensions (RFC 4253, 12; RFC 8308). */
const harmless: readonly number[] = [1, 2, 3, 4, 7];

/**
 * Fails the connection at the first message that a server has no business to send yet. While it waits for an answer
 * about the host key, ssh2 already reads what follows: it would take a server's word that the login has worked, and send
 * commands, not even encrypted. Call it right after `connect`.
 * @param isAccepted - whether the host key was accepted
 * @param tooEarly - makes the error that the client then emits
 */
export function refuseEarlyMessages(
  client: Client,
  isAccepted: () => boolean,
  tooEarly: () => Error,
): void {
  const { _protocol: protocol } = client as unknown as ClientParts;
  const onPayload = protocol._onPayload;
  if (typeof onPayload !== 'function') {
    throw new Error('This version of ssh2 is not supported: its insides have changed');
  }
  protocol._onPayload = (payload) => {
    const [type] = payload;
    if (!isAccepted() && type !== undefined && !harmless.includes(type)) throw tooEarly();
    return onPayload(payload);
  };
}
