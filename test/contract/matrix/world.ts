// What the rows of the matrix share: keys, an sshd with every type of host key, agents; and all that is stopped at the end.
import { chmod, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { userInfo } from 'node:os';
import { startAgent, type TestAgent } from '../ssh-agent-process.ts';
import { startMachines, type Machine, type Suite } from './machines.ts';
import {
  makeKey,
  makeWorkDirectory,
  publicKey,
  startSshd,
  tool,
  type HostKeyType,
  type Sshd,
  type SshdOptions,
} from '../sshd-server.ts';

/** Made once, before the rows. */
export interface World {
  readonly work: string;
  readonly user: string;
  /** Path of the private key that every server accepts. */
  readonly key: string;
  /** Its public half. */
  readonly publicKey: string;
  /** ed25519, ECDSA and RSA host keys, on 127.0.0.1 and ::1. */
  readonly main: Sshd;
  /** Starts another server that accepts the key. */
  sshd(options?: Partial<SshdOptions>): Promise<Sshd>;
  /** Starts an agent that holds keys. */
  agent(...argv: string[]): Promise<TestAgent>;
  /** Writes a file; answers its path. */
  file(text: string, mode?: number): Promise<string>;
  /** A container per Debian release. */
  readonly machines: Readonly<Record<Suite, Machine>>;
  /** A path for something new. */
  path(): string;
  stop(): Promise<void>;
}

/** Makes keys and starts the main server. */
export async function makeWorld(): Promise<World> {
  const work = await makeWorkDirectory();
  await chmod(work, 0o755);
  const ends: (() => Promise<unknown>)[] = [];
  let count = 0;
  const path = (): string => join(work, `f${(count += 1)}`);
  const key = await makeKey(join(work, 'key'));
  const authorized = await publicKey(key);
  const sshd = async (options: Partial<SshdOptions> = {}): Promise<Sshd> => {
    const server = await startSshd({ authorizedKeys: [authorized], ...options });
    ends.push(() => server.stop());
    return server;
  };
  const main = await sshd({
    hostKeys: ['ed25519', 'ecdsa', 'rsa'],
    config: ['ListenAddress ::1', 'AcceptEnv OCC_*', 'MaxStartups 200'],
  });
  const machines = await startMachines(authorized);
  const running = Object.values(machines);
  return {
    ...{ work, key, main, machines, sshd, path, user: userInfo().username, publicKey: authorized },
    agent: async (...argv) => {
      const agent = await startAgent(path());
      ends.push(() => agent.stop());
      if (argv.length > 0) await agent.add('-q', ...argv);
      return agent;
    },
    file: async (text, mode = 0o644) => {
      const file = path();
      await writeFile(file, text, { mode });
      return file;
    },
    stop: async () => {
      await Promise.all([...ends, ...running.map((one) => () => one.stop())].map((end) => end()));
      await rm(work, { recursive: true });
    },
  };
}

/** The `Host` block of a server. */
export function named(name: string, { port }: Sshd, ...lines: string[]): string {
  return [`Host ${name}`, 'HostName 127.0.0.1', `Port ${port}`, ...lines].join('\n  ');
}

/** The lines that offer one key and no other. */
export function only(key: string): string {
  return `IdentityFile ${key}\n  IdentitiesOnly yes`;
}

/** Makes a host key that no server has; answers `TYPE BASE64`. */
export async function strangersKey(world: World, type: HostKeyType = 'ed25519'): Promise<string> {
  const key = await makeKey(world.path(), { type });
  return (await publicKey(key)).split(' ').slice(0, 2).join(' ');
}

/** Replaces the names of known_hosts lines by hashes. */
export async function hashed(world: World, line: string): Promise<string> {
  const file = await world.file(`${line}\n`);
  await tool('ssh-keygen', '-q', '-H', '-f', file);
  return (await tool('cat', file)).trim();
}
