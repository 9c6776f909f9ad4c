// Where a master listens: who may have made that place, and whether one is there already.
import { lstat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { dirname } from 'node:path';
import { ConnectError } from '../../errors.ts';
import { shellWord } from '../../shell-word.ts';
import { askMaster } from '../mux/mux-client.ts';
import { longestMasterPath, removeStaleSocket } from '../mux/mux-socket.ts';
import type { SshPlace } from '../ssh/ssh-place.ts';

/** A control socket, and the server that it is for. */
interface ControlSocket {
  readonly controlPath: string;
  readonly place: SshPlace;
}

const checkMs = 2000;

/**
 * Whether a master answers there; a socket that nobody listens at is removed.
 * @throws ConnectError `config` when something else answers
 */
export async function isRunning({ controlPath, place }: ControlSocket): Promise<boolean> {
  try {
    if ((await askMaster(controlPath, 'check')) === 'alive') return true;
  } catch (cause) {
    const message = `Something else is at ${controlPath}, where a connection to ${place.host} should be kept`;
    const hint = `Remove it, or: occ host disconnect ${shellWord(place.host)}`;
    throw new ConnectError('config', message, { host: place.host, hint, cause });
  }
  await removeStaleSocket(controlPath, { timeoutMs: checkMs });
  return false;
}

/**
 * ssh would listen anywhere; whoever may enter the directory could take the socket's place.
 * @throws ConnectError `config`
 */
export async function checkControlPath({ controlPath, place }: ControlSocket): Promise<void> {
  const { host } = place;
  if (Buffer.byteLength(controlPath) > longestMasterPath || /[\0\n]|\$\{/.test(controlPath)) {
    const message = `The path of a control socket cannot be used: ${controlPath}`;
    const hint = 'Set XDG_RUNTIME_DIR to a directory with a shorter path.';
    throw new ConnectError('config', message, { host, hint });
  }
  const directory = dirname(controlPath);
  const found = await lstat(directory).catch(() => undefined);
  const isPrivate =
    found?.isDirectory() === true && found.uid === userInfo().uid && (found.mode & 0o077) === 0;
  if (isPrivate) return;
  const message = `${directory} is not a directory that is closed to others`;
  throw new ConnectError('config', message, {
    host,
    hint: `Remove it: rm -rf ${shellWord(directory)}`,
  });
}
