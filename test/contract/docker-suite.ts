// Docker over a transport's dial: what docker-modem does with a connection, each against a real engine.
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { Agent } from 'node:http';
import type { Duplex, Readable } from 'node:stream';
import Docker from 'dockerode';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ContainerTransport } from '../../src/hosts/container-transport.ts';
import { createDockerAgent } from '../../src/hosts/docker-agent.ts';
import { run } from '../../src/transport/run.ts';
import type { Transport } from '../../src/transport/transport.ts';
import { readAll, readUntil, textCommand } from './cases/support.ts';

/** A host with a Docker Engine. */
export interface DockerContractHost {
  readonly transport: Transport;
  /** Path of the engine's socket on the host. */
  readonly socket: string;
  /** An image that the engine has, with a POSIX shell. */
  readonly image: string;
  /** How many logins the host has seen from this transport so far; for local always 0. */
  logins(): Promise<number>;
  close(): Promise<void>;
}

/** Registers the cases. `open` is called once, before the first. */
export function dockerContract(name: string, open: () => Promise<DockerContractHost>): void {
  describe(`Docker over a transport: ${name}`, () => {
    let host: DockerContractHost;
    let agent: Agent;
    let docker: Docker;
    let container: Docker.Container;
    let dials = 0;

    beforeAll(async () => {
      host = await open();
      const dial = (): Promise<Duplex> => {
        dials += 1;
        return host.transport.dial({ path: host.socket });
      };
      agent = createDockerAgent(dial, { maxSockets: 50, keepAlive: true });
      docker = new Docker({
        protocol: 'http',
        host: 'docker',
        port: 80,
        agent,
      } as Docker.DockerOptions);
      container = await docker.createContainer({
        name: `tcore-${randomUUID()}`,
        Image: host.image,
        Cmd: ['sh', '-c', 'i=0; while :; do echo "line $i"; i=$((i + 1)); sleep 0.05; done'],
        HostConfig: { Init: true },
      });
      await container.start();
    });
    afterAll(async () => {
      await container.remove({ force: true });
      agent.destroy();
      await host.close();
    });

    test('answers 50 requests at once, without a login for each', async () => {
      const before = await host.logins();
      const answers = await Promise.all(
        Array.from({ length: 50 }, () => docker.ping() as Promise<Buffer>),
      );
      expect(answers.map(String)).toEqual(Array.from({ length: 50 }, () => 'OK'));
      expect(dials).toBeGreaterThan(1);
      // Where each request is carried by a session, those may be more than the server allows on one connection.
      expect(await host.logins()).toBeLessThanOrEqual(before + 1);
    });

    test('uses a connection again', async () => {
      await docker.ping();
      const before = dials;
      await docker.ping();
      await docker.ping();
      expect(dials).toBe(before);
    });

    test('carries a hijacked exec both ways, with its exit code', async () => {
      const inside = new ContainerTransport({
        docker,
        container: container.id,
        host: host.transport.host,
      });
      const bytes = randomBytes(3 * 1024 * 1024);
      const answer = await run(inside, textCommand(['sha256sum'], { stdin: bytes }));
      expect(answer.split(' ')[0]).toBe(createHash('sha256').update(bytes).digest('hex'));
      await expect(run(inside, textCommand(['sh', '-c', 'exit 7']))).rejects.toMatchObject({
        exitCode: 7,
      });
      await inside.close();
    });

    test('follows a log until it is aborted, and lets go of the connection', async () => {
      const stop = new AbortController();
      const log = await followLog(container, stop.signal);
      await readUntil(log, 'line 3\n');
      const broken = once(log, 'close').catch((error: unknown) => error);
      log.on('error', () => undefined);
      stop.abort();
      await broken;
      expect(log.destroyed).toBe(true);
      expect(String(await docker.ping())).toBe('OK');
      expect(activeSockets(agent)).toBe(0);
    });

    test('half-closes an attached container, which then answers and ends', async () => {
      const sorter = await docker.createContainer({
        name: `tcore-${randomUUID()}`,
        Image: host.image,
        Cmd: ['sort'],
        OpenStdin: true,
        StdinOnce: true,
      });
      const options = { stream: true, stdin: true, stdout: true, hijack: true };
      const stream = await sorter.attach(options);
      await sorter.start();
      stream.end('b\nc\na\n');
      expect((await readAll(stream as unknown as Readable)).subarray(8).toString()).toBe(
        'a\nb\nc\n',
      );
      expect(await sorter.wait()).toMatchObject({ StatusCode: 0 });
      await sorter.remove();
    });

    test('passes a dial failure to the caller', async () => {
      const lost = createDockerAgent(() => host.transport.dial({ path: '/none/docker.sock' }), {
        maxSockets: 1,
        keepAlive: false,
      });
      const nowhere = new Docker({
        protocol: 'http',
        host: 'docker',
        port: 80,
        agent: lost,
      } as Docker.DockerOptions);
      await expect(nowhere.ping()).rejects.toMatchObject({ reason: 'missing' });
    });
  });
}

async function followLog(container: Docker.Container, signal: AbortSignal): Promise<Readable> {
  const stream = await container.logs({ follow: true, stdout: true, abortSignal: signal });
  return stream as unknown as Readable;
}

function activeSockets(agent: Agent): number {
  return Object.values(agent.sockets).reduce((sum, list) => sum + (list?.length ?? 0), 0);
}
