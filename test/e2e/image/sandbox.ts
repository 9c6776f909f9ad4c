// A container of the image for tests, and HTTP requests to its gateway that say exactly what is sent.
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { attempt, run } from '../../../scripts/lib/run.mjs';
import {
  capabilities,
  gatewayPort,
  tmpfsTargets,
  usersCommand,
} from '../../../src/ops/image/layout.ts';

/** What the gateway answered. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** What to ask. `login` is `name:password`. */
export interface Question {
  readonly method?: string;
  /** Sent as it is: nothing is normalised. */
  readonly path?: string;
  readonly login?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A running container of the image. */
export class Sandbox {
  readonly name: string;
  readonly port: number;

  private constructor(name: string, port: number) {
    this.name = name;
    this.port = port;
  }

  /** Runs the image as occ does: tmpfs on /run, the gateway published on loopback. */
  static async run(image: string, name: string, options: readonly string[] = []): Promise<Sandbox> {
    const tmpfs = Object.entries(tmpfsTargets).map(([path, mode]) => `--tmpfs=${path}:${mode}`);
    const limits = ['--security-opt=no-new-privileges', '--cap-drop=ALL'];
    const kept = capabilities.map((capability) => `--cap-add=${capability}`);
    const argv = ['docker', 'run', '--detach', `--name=${name}`, ...tmpfs, ...limits, ...kept];
    await run([...argv, ...options, `--publish=127.0.0.1::${gatewayPort}`, image]);
    return new Sandbox(name, await publishedPort(name));
  }

  /** A container that was started again: its port may be another. */
  static async found(name: string): Promise<Sandbox> {
    return new Sandbox(name, await publishedPort(name));
  }

  /** A command in the container, as root unless said otherwise. Its output, trimmed. */
  exec(argv: readonly string[], user = 'root'): Promise<string> {
    return run(['docker', 'exec', `--user=${user}`, this.name, ...argv]);
  }

  /** `occ-users`; `input` is what it gets on stdin. */
  users(argv: readonly string[], input = ''): ReturnType<typeof attempt> {
    return attempt(['docker', 'exec', '--interactive', this.name, usersCommand, ...argv], {
      input,
    });
  }

  async addUser(name: string, password: string): Promise<void> {
    const { code, stderr } = await this.users(['add', name], `${password}\n`);
    if (code !== 0) throw new Error(`adding ${name} failed: ${stderr}`);
  }

  ask(question: Question = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const outgoing = this.#open(question);
      outgoing.on('error', reject);
      outgoing.on('response', (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (body += chunk));
        response.on('error', reject);
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
        });
      });
      outgoing.end(question.body);
    });
  }

  async status(question: Question = {}): Promise<number> {
    return (await this.ask(question)).status;
  }

  /** An answer that goes on: resolves with its beginning. */
  stream(question: Question): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      this.#open(question).on('error', reject).on('response', resolve).end();
    });
  }

  /** Asks for a WebSocket. Resolves with the socket, or with the status of a refusal. */
  upgrade(question: Question): Promise<Duplex | number> {
    const headers = {
      ...question.headers,
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': Buffer.from('sixteen bytes ok').toString('base64'),
    };
    return new Promise((resolve, reject) => {
      this.#open({ ...question, headers })
        .on('error', reject)
        .on('upgrade', (_response, socket, head: Buffer) => {
          if (head.length > 0) socket.unshift(head);
          resolve(socket);
        })
        .on('response', (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        })
        .end();
    });
  }

  /** Sends bytes as they are; answers the first line of what comes back. */
  raw(text: string): Promise<string> {
    return new Promise((resolve, reject) => {
      let answer = '';
      const socket = connect(this.port, '127.0.0.1', () => socket.write(text));
      socket.setEncoding('utf8');
      socket.on('data', (chunk: string) => (answer += chunk));
      socket.on('error', reject);
      socket.on('close', () => resolve(answer.split('\r\n')[0] ?? ''));
    });
  }

  async waitUntilHealthy(): Promise<void> {
    await until(async () => (await this.healthStatus()) === 200);
  }

  /** Status of `/health`; 0 while nothing listens. */
  healthStatus(): Promise<number> {
    return this.status({ path: '/health' }).catch(() => 0);
  }

  /** State of a supervised service, as `s6-svstat -o` says it. */
  service(name: string, field: 'pid' | 'up'): Promise<string> {
    return this.exec(['s6-svstat', '-o', field, `/run/service/${name}`]);
  }

  inspect(format: string): Promise<string> {
    return run(['docker', 'inspect', '--format', format, this.name]);
  }

  #open({ method = 'GET', path = '/', login, headers = {} }: Question) {
    const authorization =
      login === undefined
        ? {}
        : { Authorization: `Basic ${Buffer.from(login).toString('base64')}` };
    return httpRequest({
      host: '127.0.0.1',
      port: this.port,
      method,
      path,
      headers: { ...authorization, ...headers },
      agent: false,
    });
  }
}

/** Waits until something is so; the test's own deadline ends the waiting. */
export async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await delay(200);
}

async function publishedPort(name: string): Promise<number> {
  const shown = await run(['docker', 'port', name, String(gatewayPort)]);
  return Number(shown.split(':').at(-1));
}
