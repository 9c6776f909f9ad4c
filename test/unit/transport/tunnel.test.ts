import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { LocalTransport } from '../../../src/transport/local-transport.ts';
import { openTunnel, type Tunnel, type TunnelOptions } from '../../../src/transport/tunnel.ts';

const transport = new LocalTransport({ host: 'local', env: process.env });
const servers: Server[] = [];
const tunnels: Tunnel[] = [];

afterEach(async () => {
  await Promise.all(tunnels.splice(0).map((tunnel) => tunnel.close()));
  for (const server of servers.splice(0)) server.close();
});

async function serve(onConnection: (socket: Socket) => void): Promise<number> {
  const server = createServer({ allowHalfOpen: true }, onConnection);
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function tunnelTo(port: number, options: Partial<TunnelOptions> = {}): Promise<Tunnel> {
  const endpoint = { address: '127.0.0.1', port };
  const tunnel = await openTunnel(transport, endpoint, { port: 0, ...options });
  tunnels.push(tunnel);
  return tunnel;
}

const dial = (port: number) => connect({ port, host: '127.0.0.1', allowHalfOpen: true });

describe('openTunnel', () => {
  it('carries binary data both ways and lets the answer come after the request has ended', async () => {
    const echoWhenEnded = (socket: Socket) => {
      const chunks: Buffer[] = [];
      socket.on('data', (chunk: Buffer) => chunks.push(chunk));
      socket.on('end', () => socket.end(Buffer.concat(chunks)));
    };
    const tunnel = await tunnelTo(await serve(echoWhenEnded));
    const sent = randomBytes(3_000_000);
    const client = dial(tunnel.port);
    client.end(sent);
    expect((await buffer(client)).equals(sent)).toBe(true);
  });

  it('carries many connections at once', async () => {
    const tunnel = await tunnelTo(await serve((socket) => socket.pipe(socket)));
    const answers = await Promise.all(
      Array.from({ length: 60 }, async (_, index) => {
        const client = dial(tunnel.port);
        client.end(`connection ${index}`);
        return (await buffer(client)).toString();
      }),
    );
    expect(answers).toEqual(Array.from({ length: 60 }, (_, index) => `connection ${index}`));
  });

  it('tells the service when the browser goes away', async () => {
    let arrived: (socket: Socket) => void = () => undefined;
    const arrival = new Promise<Socket>((resolve) => (arrived = resolve));
    const tunnel = await tunnelTo(
      await serve((socket) => {
        socket.on('error', () => undefined);
        socket.resume();
        arrived(socket);
      }),
    );
    const client = dial(tunnel.port);
    client.write('hello');
    const served = await arrival;
    client.resetAndDestroy();
    await once(served, 'end');
    expect(served.readableEnded).toBe(true);
  });

  it('resets the connection and says why when nothing listens there', async () => {
    const unused = await serve(() => undefined);
    servers.splice(0).forEach((server) => server.close());
    const errors: unknown[] = [];
    const tunnel = await tunnelTo(unused, { onError: (error) => errors.push(error) });
    const client = dial(tunnel.port);
    await expect(buffer(client)).rejects.toThrow('ECONNRESET');
    expect(errors).toMatchObject([{ code: 'dial.refused' }]);
  });

  it('says that a port is taken', async () => {
    const port = await serve(() => undefined);
    await expect(tunnelTo(port, { port })).rejects.toMatchObject({ code: 'tunnel.port-taken' });
  });

  it('ends everything with the signal, and the port is free again', async () => {
    const controller = new AbortController();
    const port = await serve((socket) => socket.on('error', () => undefined).pipe(socket));
    const tunnel = await tunnelTo(port, { signal: controller.signal });
    const client = dial(tunnel.port).on('error', () => undefined);
    client.write('x');
    await once(client, 'data');
    const ended = once(client, 'end');
    controller.abort();
    await Promise.all([tunnel.closed, ended]);
    client.destroy();
    const again = await tunnelTo(port, { port: tunnel.port });
    expect(again.port).toBe(tunnel.port);
  });
});
