// Leaves a master so that it survives: see mux-open-channels.ts for what it would die of.
import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import type { OpenChannels } from './mux-open-channels.ts';

/** Milliseconds that the server has to answer for channels that were opened last. */
const answerMs = 500;

/** How a client may leave. */
export interface LeaveOptions {
  /** Keep the master alive whatever it takes: it is not occ's own, and others' sessions run over it. */
  readonly spare: boolean;
  /** Whether others use the master now (see mux-clients.ts for what that means). Default: nobody does. */
  readonly hasOthers?: (() => Promise<boolean>) | undefined;
}

/** Ends the socket of a client. */
export async function leave(
  socket: Socket,
  channels: OpenChannels,
  { spare, hasOthers = () => Promise.resolve(false) }: LeaveOptions,
): Promise<void> {
  await channels.settled(answerMs);
  if (socket.destroyed) return;
  if (spare && (channels.isDeadly || (await hasOthers()))) {
    holdOpen(socket);
    // No goodbye: the socket's other half would hear it too.
    socket.destroy();
    return;
  }
  socket.end();
}

/** Hands the socket to a process that reads it to its end, which is the master's. */
function holdOpen(socket: Socket): void {
  const holder = spawn('cat', { stdio: [socket, 'ignore', 'ignore'], detached: true });
  holder.on('error', () => undefined);
  holder.unref();
}
