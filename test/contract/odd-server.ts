// An SSH server that logs in as a test says: for what OpenSSH's never does.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import ssh2 from 'ssh2';
import type { AuthContext, Connection } from 'ssh2';

/** A listening server. */
export interface OddServer {
  readonly port: number;
  /** Type and base64 of its host key, as in known_hosts. */
  readonly hostKey: string;
  stop(): Promise<void>;
}

/** Starts a server on loopback. `decide` gets every request to authenticate. */
export async function startOddServer(
  decide: (context: AuthContext, connection: Connection) => void,
): Promise<OddServer> {
  const keys = ssh2.utils.generateKeyPairSync('ed25519');
  const connections = new Set<Connection>();
  const server = new ssh2.Server({ hostKeys: [keys.private] }, (connection) => {
    connections.add(connection);
    connection.on('authentication', (context) => decide(context, connection));
    connection.on('error', () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    hostKey: keys.public.split(' ').slice(0, 2).join(' '),
    stop: async () => {
      for (const connection of connections) connection.end();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
