// A command on an SSH channel as the streams and the ending that every remote process is made from.
import type { ClientChannel } from 'ssh2';
import { ConnectError } from '../../errors.ts';
import type { ProcessChannel } from '../remote-process.ts';
import { ChannelReader, ChannelWriter } from './ssh-channel.ts';
import { ReceiveWindow } from './ssh-window.ts';
import type { Exit } from '../transport.ts';

/** Milliseconds that the server has to confirm a channel's end that we asked for. */
const closeMs = 2000;

/**
 * Dresses an exec channel.
 * @param ended - aborted with the reason when the connection ends
 */
export function processChannel(
  channel: ClientChannel,
  ended: AbortSignal,
  host: string,
): ProcessChannel {
  const stdin = new ChannelWriter(channel);
  const stdout = new ChannelReader(channel, new ReceiveWindow(channel));
  const stderr = new ChannelReader(channel.stderr);
  let settle!: (exit: Exit) => void;
  const exit = new Promise<Exit>((resolve) => (settle = resolve));
  const giveUp = (cause: Error): void => {
    settle({ kind: 'lost', cause });
    stdout.finish();
    stderr.finish();
    stdin.destroy();
  };
  const onEnded = (): void => giveUp(ended.reason as Error);
  let forced: NodeJS.Timeout | undefined;
  channel.on('close', (code?: number | null, signal?: string) => {
    clearTimeout(forced);
    ended.removeEventListener('abort', onEnded);
    settle(exitOf(code, signal, host));
  });
  channel.on('error', (error: Error) => giveUp(error));
  ended.addEventListener('abort', onEnded);
  if (ended.aborted) onEnded();
  const close = (): void => {
    channel.close();
    forced = setTimeout(() => giveUp(unfinished(host)), closeMs);
    forced.unref();
  };
  return { stdin, stdout, stderr, exit, close };
}

/** A number: exited. Null: killed. Undefined: the server never said, so it must not be taken for success. */
function exitOf(code: number | null | undefined, signal: string | undefined, host: string): Exit {
  if (typeof code === 'number') return { kind: 'exited', code };
  if (code === null && signal !== undefined) return { kind: 'signalled', signal };
  return { kind: 'lost', cause: unfinished(host) };
}

function unfinished(host: string): ConnectError {
  const message = 'The SSH channel was closed before the command had ended';
  return new ConnectError('lost', message, { host });
}
