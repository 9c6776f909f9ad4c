// Starts the delaying proxy and asks it what it counted.
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

export interface DelayProxy {
  readonly port: number;
  /** How often the client had to wait for the server since the last call; the opening of TCP is not counted. */
  takeTurns(): Promise<number>;
  close(): Promise<void>;
}

/**
 * Listens on a loopback port that leads to another one.
 * @param roundTripMs - half of it is added to each direction; opening a connection costs one as well
 */
export async function startDelayProxy(
  targetPort: number,
  roundTripMs: number,
): Promise<DelayProxy> {
  const argv = [String(targetPort), String(roundTripMs)];
  const program = new URL('delay-proxy-process.ts', import.meta.url);
  const child = fork(program, argv, { execArgv: ['--import', 'tsx'] });
  const { port } = (await answer(child)) as { port: number };
  return {
    port,
    takeTurns: async () => {
      const counted = answer(child);
      child.send('turns');
      return ((await counted) as { turns: number }).turns;
    },
    close: async () => {
      const exited = once(child, 'exit');
      child.disconnect();
      await exited;
    },
  };
}

function answer(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const onExit = (): void => reject(new Error('The delaying proxy ended'));
    child.once('exit', onExit);
    child.once('message', (message) => {
      child.off('exit', onExit);
      resolve(message);
    });
  });
}
