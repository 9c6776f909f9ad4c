// A server that goes on as if its host key had been accepted, while the person is still being asked.
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import ssh2 from 'ssh2';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ConnectError } from '../../src/errors.ts';
import { connectTarget } from '../../src/transport/ssh/ssh-connect.ts';
import { makeClient, Person, type ClientDirectory } from './sshd-client.ts';

/** What the server needs of ssh2's insides to do what no server should. */
interface EagerProtocol {
  _kex: { finish: (...args: unknown[]) => unknown } | undefined;
  _authsQueue: string[];
  authSuccess(): void;
}

let client: ClientDirectory;
let server: ssh2.Server;
const heard: Buffer[] = [];

beforeEach(async () => {
  heard.length = 0;
  client = await makeClient();
  await client.configure('');
  const { private: hostKey } = ssh2.utils.generateKeyPairSync('ed25519');
  server = new ssh2.Server({ hostKeys: [hostKey] }, (connection) => {
    connection.on('error', () => undefined);
    const { _protocol: protocol, _sock: socket } = connection as unknown as {
      _protocol: EagerProtocol;
      _sock: Socket;
    };
    beEager(protocol, () => {
      socket.removeAllListeners('data');
      socket.on('data', (chunk) => {
        heard.push(chunk);
        server.emit('heard');
      });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(async () => {
  server.close();
  await client.remove();
});

/** Ends the key exchange on the server's side without the client, and lets it in. */
function beEager(protocol: EagerProtocol, then: () => void): void {
  let exchange: EagerProtocol['_kex'];
  Object.defineProperty(protocol, '_kex', {
    get: () => exchange,
    set: (made: EagerProtocol['_kex']) => {
      exchange = made;
      if (made === undefined) return;
      const finish = made.finish.bind(made);
      made.finish = (...args) => {
        const result = finish(...args);
        // ssh2 puts what follows the client's own new keys in this place.
        made.finish();
        protocol._authsQueue = ['none'];
        protocol.authSuccess();
        then();
        return result;
      };
    },
  });
}

test('a server that lets us in before its key was accepted gets nothing, and is named', async () => {
  const { port } = server.address() as AddressInfo;
  const person = new Person();
  const asked = new AbortController();
  person.confirm = async () => {
    await once(asked.signal, 'abort');
    return false;
  };
  const target = client.target(`127.0.0.1:${port}`, { connectTimeoutSeconds: 10 });
  const attempt = connectTarget(target, client.options(person)).then(
    async (carrier) => {
      await Promise.race([carrier.exec('true').catch(() => undefined), once(server, 'heard')]);
      return undefined;
    },
    (error: unknown) => error,
  );
  const error = await attempt;
  asked.abort();
  expect(error).toBeInstanceOf(ConnectError);
  expect(String(error)).toContain('went on with the login before its host key was accepted');
  expect(Buffer.concat(heard).toString('latin1')).not.toContain('session');
});
