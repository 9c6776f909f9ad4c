// A TCP proxy on loopback that can break the connections through it, as a failing network does.
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface CuttableProxy {
  readonly port: number;
  /** Resets every connection that runs through it now. */
  cut(): void;
  /**
   * Forgets the connections that run through it now, as a router does: what is sent is lost, and nobody is told.
   * @param direction - `up`: only what the client sends
   */
  forget(direction?: 'up' | 'both'): void;
  close(): Promise<void>;
}

/** Listens on a loopback port that leads to another one. */
export async function startProxy(targetPort: number): Promise<CuttableProxy> {
  const sockets = new Set<Socket>();
  const pairs = new Set<readonly [client: Socket, target: Socket]>();
  const server = createServer((socket) => {
    const target = connect(targetPort, '127.0.0.1');
    for (const end of [socket, target]) {
      sockets.add(end);
      end.setNoDelay(true);
      end.on('error', () => undefined);
      end.once('close', () => {
        sockets.delete(end);
        socket.destroy();
        target.destroy();
      });
    }
    socket.pipe(target).pipe(socket);
    const pair = [socket, target] as const;
    pairs.add(pair);
    socket.once('close', () => pairs.delete(pair));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  const forget = (direction: 'up' | 'both' = 'both'): void => {
    for (const [client, target] of pairs) {
      client.unpipe(target).resume();
      if (direction === 'both') target.unpipe(client).resume();
    }
  };
  return {
    port: (server.address() as AddressInfo).port,
    cut,
    forget,
    close: async () => {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}
