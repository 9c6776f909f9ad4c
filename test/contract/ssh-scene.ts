// What one test file needs to try SSH: keys, servers and clients, which are gone when the file, or a test, has ended.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { makeClient, type ClientDirectory } from './sshd-client.ts';
import {
  makeKey,
  makeWorkDirectory,
  startSshd,
  type Sshd,
  type SshdOptions,
} from './sshd-server.ts';

/** What a client of {@link SshScene} starts with. */
export interface ClientStart {
  /** Its ssh_config. */
  readonly config?: string;
  /** Servers whose first host key it knows. */
  readonly knows?: readonly Sshd[];
}

/** The stage of one test file. */
export interface SshScene {
  /** Directory of the file's keys. It exists once hooks and tests run. */
  readonly work: string;
  /** Makes a key pair in the directory; answers the private key's path. */
  key(name: string, options?: Parameters<typeof makeKey>[1]): Promise<string>;
  /** Starts a server that is stopped at the end of the file, unless it was stopped before. */
  sshd(options: SshdOptions): Promise<Sshd>;
  /** Makes a client that is removed after the test. */
  client(start?: ClientStart): Promise<ClientDirectory>;
}

/** ssh_config lines by which a client logs in with one key, whatever an agent holds. */
export function onlyKey(path: string): string {
  return `IdentityFile ${path}\nIdentitiesOnly yes`;
}

/** To be called before a file's own hooks: vitest then cleans up after those. */
export function sshScene(): SshScene {
  let work = '';
  const servers: Sshd[] = [];
  const clients: ClientDirectory[] = [];
  beforeAll(async () => {
    work = await makeWorkDirectory();
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.remove();
  });
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.stop()));
    await rm(work, { recursive: true });
  });
  return {
    get work() {
      return work;
    },
    key: (name, options) => makeKey(join(work, name), options),
    sshd: async (options) => {
      const server = await startSshd(options);
      servers.push(server);
      return server;
    },
    client: async ({ config = '', knows = [] } = {}) => {
      const client = await makeClient();
      clients.push(client);
      await client.configure(config);
      await client.know(...(await Promise.all(knows.map((server) => server.knownHostsLine()))));
      return client;
    },
  };
}
