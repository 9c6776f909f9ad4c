// Starts masters as occ does, from a client directory of its own, and ends them.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../src/transport/run.ts';
import { textCommand } from './cases/support.ts';
import { askMaster, attachMaster } from '../../src/transport/mux/mux-client.ts';
import { startMaster, type MasterSpec } from '../../src/transport/openssh/openssh-master.ts';
import { resolveSshConfig } from '../../src/transport/ssh-config/ssh-config.ts';
import { SshConnection } from '../../src/transport/ssh/ssh-connection.ts';
import { ConnectDeadline } from '../../src/transport/ssh/ssh-deadline.ts';
import { transportOver } from '../../src/transport/ssh/ssh-transport.ts';
import type { SshTarget } from '../../src/transport/ssh/ssh-target.ts';
import type { Transport } from '../../src/transport/transport.ts';
import { nobody, type ClientDirectory } from './sshd-client.ts';

/** What a test says about a start. */
export type StartOptions = Partial<
  Pick<
    MasterSpec,
    'prompter' | 'via' | 'fastKex' | 'extraOptions' | 'notice' | 'persistSeconds' | 'detach'
  >
> & {
  readonly target?: Partial<SshTarget>;
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
};

/** The masters of one test file. */
export class Masters {
  readonly #client: ClientDirectory;
  readonly #started: string[] = [];

  constructor(client: ClientDirectory) {
    this.#client = client;
  }

  /** Starts one; answers its control path. */
  async start(address: string, options: StartOptions = {}): Promise<string> {
    const controlPath = await this.path();
    await this.startAt(controlPath, address, options);
    return controlPath;
  }

  /** A path that nothing is at, in a directory that is closed to others. */
  async path(): Promise<string> {
    const directory = join(this.#client.path, 'run');
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const path = join(directory, `m${this.#started.length}`);
    this.#started.push(path);
    return path;
  }

  async startAt(controlPath: string, address: string, options: StartOptions = {}): Promise<void> {
    const { target: more, env: moreEnv, signal, ...spec } = options;
    const target = this.#client.target(address, more);
    const { stateDir, env: ownEnv } = this.#client.options();
    const env = { ...ownEnv, ...moreEnv };
    const never = new AbortController().signal;
    const config = await resolveSshConfig(target, { signal: signal ?? never, env, stateDir });
    const place = { host: 'web-1', jump: undefined, hostname: config.hostname, port: config.port };
    const seconds = target.connectTimeoutSeconds ?? 20;
    using deadline = new ConnectDeadline(
      seconds,
      () => ({ host: 'web-1', place: 'web-1' }),
      signal,
    );
    await startMaster({
      ...{ target, config, place, controlPath, deadline, env, stateDir },
      ...{ prompter: nobody, persistSeconds: 60, detach: true, fastKex: true },
      ...spec,
    });
  }

  /** What a master is used for. */
  async transport(controlPath: string): Promise<Transport> {
    const { client, socket } = await attachMaster(controlPath, { timeoutMs: 5000, owned: true });
    const place = { host: 'web-1', jump: undefined, hostname: '127.0.0.1', port: 22 };
    return transportOver(new SshConnection(client, socket, place));
  }

  /** Runs one command over a master. */
  async greet(controlPath: string): Promise<string> {
    const transport = await this.transport(controlPath);
    try {
      return await run(transport, textCommand(['echo', 'hello']));
    } finally {
      await transport.close();
    }
  }

  async end(): Promise<void> {
    await Promise.all(this.#started.splice(0).map((path) => askMaster(path, 'exit')));
  }
}
