// Opening a channel with ssh2: settled once, by the server's answer, the end of the connection or the caller's signal.
import type { ClientCallback, ClientChannel } from 'ssh2';
import { messageOf } from '../../thrown.ts';
import { cancelledBy } from './ssh-deadline.ts';

/** Asks ssh2 for a channel. It throws when the connection is no longer there. */
export type StartChannel = (done: ClientCallback) => void;

/** What a channel is opened on, and what ends the wait for it. */
export interface OpenChannelContext {
  /** Named in the error of a cancelled attempt. */
  readonly host: string;
  /** Aborted with the reason when the connection ends. */
  readonly ended: AbortSignal;
  /** Called when ssh2 throws; is to abort {@link ended}. */
  readonly broken: (why: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Opens a channel.
 * @throws the reason of `ended`; CancelledError when `signal` aborts; ChannelRefusal
 */
export function openChannel(
  start: StartChannel,
  { host, ended, broken, signal }: OpenChannelContext,
): Promise<ClientChannel> {
  if (ended.aborted) return Promise.reject(ended.reason as Error);
  if (signal?.aborted === true) return Promise.reject(cancelledBy(signal, host));
  return new Promise((resolve, reject) => {
    let settled = false;
    const settle = (error: Error | undefined, channel?: ClientChannel): void => {
      // A channel that comes after its caller gave up must not stay open.
      if (settled) {
        channel?.close();
        return;
      }
      settled = true;
      ended.removeEventListener('abort', onEnd);
      signal?.removeEventListener('abort', onAbort);
      if (channel === undefined) reject(error ?? new Error('The server opened no channel'));
      else resolve(channel);
    };
    const onEnd = (): void => settle(ended.reason as Error);
    const onAbort = (): void => settle(cancelledBy(signal, host));
    ended.addEventListener('abort', onEnd);
    signal?.addEventListener('abort', onAbort);
    try {
      start((error, channel) => settle(error, error === undefined ? channel : undefined));
    } catch (error) {
      broken(messageOf(error));
    }
  });
}
