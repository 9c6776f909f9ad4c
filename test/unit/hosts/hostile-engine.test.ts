// What an engine that means ill can do with its answers: nothing but fail.
import { createServer, type RequestListener, type Server } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { DockerError } from '../../../src/errors.ts';
import { openEngine } from '../../../src/hosts/docker-engine.ts';
import { translateFailure } from '../../../src/hosts/docker-errors.ts';
import { LocalTransport } from '../../../src/transport/local-transport.ts';
import { tempDirectory } from './temp-dir.ts';

const version = { Version: '20.10.24', ApiVersion: '1.41', Os: 'linux', Arch: 'amd64' };
const servers: Server[] = [];
let transport: LocalTransport;

beforeEach(() => {
  transport = new LocalTransport({ host: 'web-1', env: process.env });
});
afterEach(async () => {
  await transport.close();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function listen(answer: RequestListener, place: { path: string } | { port: number }) {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(place, resolve));
  return server;
}

/** An engine that says who it is, and then gives this answer. */
async function engineWith(answer: RequestListener) {
  const path = join(await tempDirectory(), 'docker.sock');
  await listen(
    (request, response) => {
      if (request.url?.startsWith('/version')) response.end(JSON.stringify(version));
      else answer(request, response);
    },
    { path },
  );
  return (await openEngine(transport, path)).engine;
}

it('cannot make this machine ask another address', async () => {
  const asked: (string | undefined)[] = [];
  const other = await listen(
    (request, response) => {
      asked.push(request.url);
      response.end('{}');
    },
    { port: 0 },
  );
  const { port } = other.address() as { port: number };
  const engine = await engineWith((_request, response) => {
    response.writeHead(302, { Location: `http://127.0.0.1:${port}/secret` }).end('{}');
  });
  await expect(engine.info()).rejects.toMatchObject({ name: DockerError.name, host: 'web-1' });
  // Its own request comes after whatever the answer set off.
  await fetch(`http://127.0.0.1:${port}/last`);
  expect(asked).toEqual(['/last']);
});

it.each(['gopher://x/', 'x:', '//', 'http://[', '\u00ff'])(
  'cannot end occ by an odd redirection: %j',
  async (location) => {
    const engine = await engineWith((_request, response) => {
      response.writeHead(301, { Location: location }).end('{"message":"moved"}');
    });
    await expect(engine.info()).rejects.toMatchObject({ name: DockerError.name });
  },
);

it.each([200, 500])(
  'cannot fill the memory with an answer that never ends (%d)',
  async (status) => {
    const chunk = Buffer.alloc(1024 ** 2, 0x20);
    const engine = await engineWith((_request, response) => {
      response.writeHead(status);
      const more = () => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on('drain', more);
      more();
    });
    await expect(engine.info()).rejects.toThrow('more than 64 MiB');
  },
);

it('cannot fill the memory with an error where a log was asked for', async () => {
  const chunk = Buffer.alloc(1024 ** 2, 0x20);
  const engine = await engineWith((request, response) => {
    if (!request.url?.includes('/logs')) {
      response.end(JSON.stringify({ Id: 'x', Config: { Tty: false } }));
      return;
    }
    response.writeHead(500);
    const more = () => {
      while (!response.destroyed && response.write(chunk));
    };
    response.on('drain', more);
    more();
  });
  const read = async () => {
    for await (const line of engine.logs('x', {})) expect(line).toBeUndefined();
  };
  await expect(read()).rejects.toThrow('more than 64 MiB');
});

it('is quoted in part only', () => {
  const message = `port is already allocated ${'1'.repeat(1_000_000)}`;
  const failure = Object.assign(new Error('x'), { statusCode: 500, json: { message } });
  const error = translateFailure(failure, { host: 'web-1', doing: 'start' });
  expect(error).toMatchObject({ reason: 'port-taken' });
  const other = Object.assign(new Error('y'.repeat(1_000_000)), { statusCode: 500 });
  expect(translateFailure(other, { host: 'web-1', doing: 'start' }).message.length).toBeLessThan(
    5000,
  );
});
