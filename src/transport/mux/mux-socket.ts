// Opens the control socket of an OpenSSH master, after a look at who owns it, and asks the master one thing.
import { lstat, stat, unlink } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { userInfo } from 'node:os';
import { dirname } from 'node:path';
import { codeOf, messageOf } from '../../thrown.ts';
import { MuxError, type MuxReason } from './mux-error.ts';
import { FrameCutter } from './mux-frames.ts';
import {
  checkHello,
  helloFrame,
  readReply,
  requestFrame,
  type MuxReply,
  type MuxRequest,
} from './mux-protocol.ts';

/**
 * Most bytes in the path of a Unix socket that every system takes (sun_path of macOS, less its end; Linux takes 107).
 * Node.js cuts a longer one off without a word, and would then talk to another socket.
 */
export const longestSocketPath = 103;

/** Of a socket that ssh makes: it binds a temporary name first, which is 17 bytes longer (muxserver_listen). */
export const longestMasterPath = longestSocketPath - 17;

/** Greetings and answers are short; only an error brings text. */
const longestMessage = 64 * 1024;

const requestId = 0;

/** How long a master may take, and what ends the wait before. */
export interface MuxOptions {
  readonly signal?: AbortSignal | undefined;
  /** For the whole exchange, not for what follows it. */
  readonly timeoutMs: number;
}

/** An answered request; the socket is open. */
export interface MuxExchange {
  readonly socket: Socket;
  readonly reply: MuxReply;
}

/**
 * Connects to a master, exchanges greetings and asks one thing.
 *
 * ssh trusts whatever listens at its ControlPath. occ asks for more, since that path is often in `/tmp`: the socket must
 * belong to the user, and nobody else may be able to replace it.
 * @throws MuxError; the signal's reason when it aborts
 */
export async function askMux(
  controlPath: string,
  request: MuxRequest,
  { signal, timeoutMs }: MuxOptions,
): Promise<MuxExchange> {
  signal?.throwIfAborted();
  await checkSocket(controlPath);
  const socket = connect(controlPath);
  const late = setTimeout(() => {
    socket.destroy(new MuxError('timeout', `The master at ${controlPath} does not answer`));
  }, timeoutMs);
  const onAbort = (): void => void socket.destroy(signal?.reason as Error);
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    return { socket, reply: await exchange(socket, request) };
  } catch (error) {
    socket.on('error', () => undefined);
    socket.destroy();
    signal?.throwIfAborted();
    throw translated(error, controlPath);
  } finally {
    clearTimeout(late);
    signal?.removeEventListener('abort', onAbort);
  }
}

/** The master greets first; a client may already ask while it waits for that. */
function exchange(socket: Socket, request: MuxRequest): Promise<MuxReply> {
  return new Promise((resolve, reject) => {
    const cutter = new FrameCutter(longestMessage);
    let greeted = false;
    let reply: MuxReply | undefined;
    const onFrame = (body: Buffer): boolean => {
      if (greeted) reply = readReply(body, requestId);
      else checkHello(body);
      greeted = true;
      return reply === undefined;
    };
    const onClose = (): void => reject(new MuxError('ended', 'The master hung up'));
    const onData = (chunk: Buffer): void => {
      try {
        const read = cutter.push(chunk, onFrame);
        if (reply === undefined) return;
        socket.off('data', onData).off('error', reject).off('close', onClose).pause();
        // What follows belongs to whoever takes the socket over.
        if (read < chunk.length) socket.unshift(chunk.subarray(read));
        resolve(reply);
      } catch (error) {
        reject(error instanceof Error ? error : new MuxError('protocol', messageOf(error)));
      }
    };
    socket.on('data', onData).once('error', reject).once('close', onClose);
    socket.write(Buffer.concat([helloFrame(), requestFrame(request, requestId)]));
  });
}

/** @throws MuxError `absent` without a socket, `refused` for one that is not the user's own */
async function checkSocket(path: string): Promise<void> {
  if (Buffer.byteLength(path) > longestSocketPath) {
    throw new MuxError('refused', `The path of a control socket is too long: ${path}`);
  }
  const [socket, name, directory] = await look(path);
  const { uid } = userInfo();
  if (!socket.isSocket()) throw new MuxError('refused', `${path} is not a socket`);
  if (socket.uid !== uid) throw new MuxError('refused', `${path} belongs to somebody else`);
  // Where the directory is a link, whoever owns that decides which directory it is.
  const trusted = [name, directory].every((one) => one.uid === uid || one.uid === 0);
  // In a sticky directory such as /tmp, only its owner replaces a file.
  const sticky = (directory.mode & 0o1000) !== 0;
  if (trusted && (sticky || (directory.mode & 0o022) === 0)) return;
  throw new MuxError('refused', `Others can replace what is in ${dirname(path)}`);
}

async function look(path: string) {
  try {
    const directory = dirname(path);
    return await Promise.all([lstat(path), lstat(directory), stat(directory)]);
  } catch (error) {
    throw translated(error, path);
  }
}

const reasons: Readonly<Record<string, [MuxReason, string]>> = {
  ENOENT: ['absent', 'it is not there'],
  ENOTDIR: ['absent', 'it is not there'],
  ECONNREFUSED: ['stale', 'nobody listens on it'],
  ECONNRESET: ['ended', 'the master hung up'],
  EPIPE: ['ended', 'the master hung up'],
  EACCES: ['refused', 'it is closed to you'],
  EPERM: ['refused', 'it is closed to you'],
};

function translated(error: unknown, path: string): MuxError {
  if (error instanceof MuxError) return error;
  if (error instanceof RangeError) {
    return new MuxError('protocol', `What listens at ${path} sent ${error.message}`, error);
  }
  const [reason, message] = reasons[codeOf(error) ?? ''] ?? ['protocol', messageOf(error)];
  return new MuxError(reason, `The control socket ${path}: ${message}`, error);
}

/** Removes a socket file that nobody listens on any more; leaves everything else alone. */
export async function removeStaleSocket(controlPath: string, options: MuxOptions): Promise<void> {
  try {
    const { socket } = await askMux(controlPath, 'alive-check', options);
    socket.destroy();
  } catch (error) {
    if (!(error instanceof MuxError && error.reason === 'stale')) return;
    await unlink(controlPath).catch(() => undefined);
  }
}
