// Sockets on the host: bytes both ways, half-close, and why a dial failed.
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CancelledError } from '../../../src/errors.ts';
import { DialError } from '../../../src/transport/dial-error.ts';
import { run } from '../../../src/transport/run.ts';
import type { Endpoint } from '../../../src/transport/transport.ts';
import type { ContractContext } from '../contract-host.ts';
import { startServer, type SocketServer } from './socket-server.ts';
import { readAll, readUntil, textCommand, uniqueWord } from './support.ts';

export function socketCases({ host }: ContractContext): void {
  describe('sockets on the host', () => {
    let directory: string;
    let servers: SocketServer[] = [];
    let unix: Endpoint;
    let tcp: Endpoint;

    beforeAll(async () => {
      const { transport } = host();
      directory = await run(transport, textCommand(['mktemp', '-d', '/tmp/tcore.XXXXXX']));
      const path = `${directory}/echo.sock`;
      servers = [await startServer(transport, { path }), await startServer(transport, 'tcp')];
      unix = { path };
      tcp = { address: '127.0.0.1', port: Number(servers[1]?.place) };
    });
    afterAll(async () => {
      await Promise.all(servers.map((server) => server.stop()));
      await run(host().transport, textCommand(['rm', '-rf', directory]));
    });

    test.each(['unix', 'tcp'])('carry bytes while both sides are open (%s)', async (kind) => {
      const socket = await host().transport.dial(kind === 'unix' ? unix : tcp);
      for (const word of ['one', 'two']) {
        socket.write(word);
        expect(await readUntil(socket, word)).toBe(word);
      }
      await destroy(socket);
    });

    test.each(['unix', 'tcp'])('answer after the client has ended its side (%s)', async (kind) => {
      const socket = await host().transport.dial(kind === 'unix' ? unix : tcp);
      socket.end('half');
      expect((await readAll(socket)).toString()).toBe('halfEND 4');
    });

    test('carry a megabyte both ways', async () => {
      const bytes = randomBytes(1024 * 1024);
      const socket = await host().transport.dial(unix);
      socket.end(bytes);
      const answer = await readAll(socket);
      expect(answer.subarray(bytes.length).toString()).toBe(`END ${bytes.length}`);
      expect(digest(answer.subarray(0, bytes.length))).toBe(digest(bytes));
    });

    test('are many at once', async () => {
      const words = Array.from({ length: 20 }, () => uniqueWord());
      const answers = await Promise.all(
        words.map(async (word) => {
          const socket = await host().transport.dial(unix);
          socket.end(word);
          return (await readAll(socket)).toString();
        }),
      );
      expect(answers).toEqual(words.map((word) => `${word}END ${word.length}`));
    });

    test('that do not exist are missing', async () => {
      const dial = host().transport.dial({ path: `${directory}/none.sock` });
      await expect(dial).rejects.toMatchObject({
        name: DialError.name,
        reason: 'missing',
        host: host().transport.host,
      });
    });

    test.each(['unix', 'tcp'])('that nobody listens on refuse (%s)', async (kind) => {
      const where = kind === 'unix' ? { path: `${directory}/dead.sock` } : ('tcp' as const);
      const dead = await startServer(host().transport, where);
      await dead.stop();
      const { place } = dead;
      const endpoint =
        kind === 'unix' ? { path: place } : { address: '127.0.0.1', port: Number(place) };
      await expect(host().transport.dial(endpoint)).rejects.toMatchObject({ reason: 'refused' });
    });

    test('are not dialled with a signal that was aborted before', async () => {
      const dial = host().transport.dial(unix, { signal: AbortSignal.abort() });
      await expect(dial).rejects.toThrow(CancelledError);
    });

    test('are closed with the transport', async () => {
      const { transport } = await host().another();
      const socket = await transport.dial(unix);
      socket.write('up');
      await readUntil(socket, 'up');
      socket.on('error', () => undefined);
      const closed = new Promise((resolve) => socket.once('close', resolve));
      await transport.close();
      socket.resume();
      await closed;
    });
  });
}

async function destroy(socket: Duplex): Promise<void> {
  const closed = once(socket, 'close');
  socket.destroy();
  await closed;
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
