// Real sshd processes for tests: each on its own loopback port, with its own host keys, stopped by process id.
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, connect, type AddressInfo } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** Host key types that tests ask for. */
export type HostKeyType = 'ed25519' | 'ecdsa' | 'rsa';

export interface SshdOptions {
  /** Extra lines of sshd_config; they win over the helper's own. */
  readonly config?: readonly string[];
  /** Default: ed25519 only. */
  readonly hostKeys?: readonly HostKeyType[];
  /** Public keys that may log in, in authorized_keys form. */
  readonly authorizedKeys: readonly string[];
  /** The service of pam.conf(5) that it asks when the configuration says `UsePAM yes`. */
  readonly pamService?: string;
  /** Added to sshd's environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A running sshd. It accepts the user that runs the tests. */
export interface Sshd {
  readonly port: number;
  /** `127.0.0.1:PORT` */
  readonly address: string;
  /** What known_hosts calls it: `[127.0.0.1]:PORT` */
  readonly knownAs: string;
  readonly user: string;
  /** Public host key: type and base64, as in known_hosts. */
  hostKey(type?: HostKeyType): Promise<string>;
  /** Line of known_hosts with its host key. */
  knownHostsLine(type?: HostKeyType): Promise<string>;
  /** `SHA256:…` */
  fingerprint(type?: HostKeyType): Promise<string>;
  /** sshd's log so far. */
  log(): Promise<string>;
  /** Logins so far. */
  logins(): Promise<number>;
  /** Kills the processes that serve connections, not the listener. */
  killSessions(): Promise<void>;
  /** Sends a signal to the processes that serve connections, and not to what they started. */
  signalSessions(signal: NodeJS.Signals): Promise<void>;
  stop(): Promise<void>;
}

/** Makes a directory for one test file's keys and configurations. */
export async function makeWorkDirectory(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'occ-ssh-'));
}

/** Runs a program and answers its stdout. */
export async function tool(program: string, ...argv: string[]): Promise<string> {
  return (await execute(program, argv)).stdout;
}

/** Makes a key pair; answers the private key's path. The public one lies beside it. */
export async function makeKey(
  path: string,
  options: { type?: string; passphrase?: string; comment?: string } = {},
): Promise<string> {
  const { type = 'ed25519', passphrase = '', comment = 'test' } = options;
  await tool('ssh-keygen', '-q', '-t', type, '-N', passphrase, '-C', comment, '-f', path);
  return path;
}

/** Reads the public half of a key made by {@link makeKey}. */
export async function publicKey(path: string): Promise<string> {
  return (await readFile(`${path}.pub`, 'utf8')).trim();
}

/** Starts an sshd and waits until it listens. */
export async function startSshd(options: SshdOptions): Promise<Sshd> {
  const directory = await makeWorkDirectory();
  const types = options.hostKeys ?? ['ed25519'];
  const keyFile = (type: HostKeyType): string => join(directory, `host_${type}`);
  for (const type of types) await makeKey(keyFile(type), { type, comment: 'host' });
  await writeFile(join(directory, 'authorized_keys'), `${options.authorizedKeys.join('\n')}\n`);
  const logFile = join(directory, 'log');
  const port = await freePort();
  const config = [
    ...(options.config ?? []),
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    ...types.map((type) => `HostKey ${keyFile(type)}`),
    `AuthorizedKeysFile ${join(directory, 'authorized_keys')}`,
    `PidFile ${join(directory, 'pid')}`,
    'PermitRootLogin yes',
    'StrictModes no',
    'UsePAM no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'MaxStartups 100',
    'LogLevel VERBOSE',
    // What the .bashrc of the user who runs the tests does is no part of them.
    `SetEnv HOME=${directory}`,
  ];
  await writeFile(join(directory, 'sshd_config'), `${config.join('\n')}\n`);
  if (userInfo().uid === 0) await mkdir('/run/sshd', { recursive: true, mode: 0o755 });
  const argv = ['-D', '-f', join(directory, 'sshd_config'), '-E', logFile];
  const service = await pamArguments(options.pamService, directory);
  const sshd = spawn(service.program, [...argv, ...service.argv], {
    stdio: 'ignore',
    env: { ...process.env, ...options.env },
  });
  const log = (): Promise<string> => readFile(logFile, 'utf8').catch(() => '');
  await untilListening(port, sshd, log);
  const knownAs = `[127.0.0.1]:${port}`;
  const hostKey = async (type: HostKeyType = 'ed25519'): Promise<string> =>
    (await publicKey(keyFile(type))).split(' ').slice(0, 2).join(' ');
  return {
    port,
    address: `127.0.0.1:${port}`,
    knownAs,
    user: userInfo().username,
    hostKey,
    knownHostsLine: async (type) => `${knownAs} ${await hostKey(type)}`,
    fingerprint: async (type = 'ed25519') =>
      (await tool('ssh-keygen', '-l', '-f', keyFile(type))).split(' ')[1] ?? '',
    log,
    logins: async () => (await log()).match(/Accepted publickey/g)?.length ?? 0,
    killSessions: () => killChildren(sshd.pid ?? 0),
    signalSessions: async (signal) => {
      for (const pid of await sessionsOf(sshd.pid ?? 0)) process.kill(pid, signal);
    },
    stop: async () => {
      await killChildren(sshd.pid ?? 0);
      const exited = once(sshd, 'exit');
      if (sshd.exitCode === null && sshd.kill('SIGKILL')) await exited;
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Since 9.8 there is an option; before, the name of the program is the name of the service. */
async function pamArguments(
  service: string | undefined,
  directory: string,
): Promise<{ program: string; argv: string[] }> {
  const program = sshdProgram();
  if (service === undefined) return { program, argv: [] };
  const known = await tool(program, '-T', '-f', join(directory, 'sshd_config'));
  if (/^pamservicename /m.test(known))
    return { program, argv: ['-o', `PAMServiceName=${service}`] };
  const link = join(directory, service);
  await symlink(program, link);
  return { program: link, argv: [] };
}

function sshdProgram(): string {
  const program = ['/usr/sbin/sshd', '/usr/local/sbin/sshd'].find((path) => existsSync(path));
  if (program === undefined) throw new Error('sshd is missing: apt-get install openssh-server');
  return program;
}

/** A port that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function untilListening(
  port: number,
  sshd: ChildProcess,
  log: () => Promise<string>,
): Promise<void> {
  while (!(await answers(port))) {
    if (sshd.exitCode !== null) throw new Error(`sshd ended: ${await log()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** True once the server says hello, which also tells it from somebody else's port. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('data', (chunk: Buffer) => {
      socket.destroy();
      resolve(chunk.toString('latin1').startsWith('SSH-'));
    });
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  });
}

/** sshd serves a connection by a child and, for other users than root, a grandchild, each named after itself. */
async function sessionsOf(parent: number): Promise<number[]> {
  const found = await tool('pgrep', '-P', String(parent), '^sshd').catch(() => '');
  const children = found.split('\n').filter((line) => line !== '');
  const below = await Promise.all(children.map((pid) => sessionsOf(Number(pid))));
  return [...children.map(Number), ...below.flat()];
}

async function killChildren(parent: number): Promise<void> {
  const children = await tool('pgrep', '-P', String(parent)).catch(() => '');
  for (const pid of children.split('\n').filter((line) => line !== '')) {
    // sshd 9.2 serves a connection by a child and, for other users than root, a grandchild.
    await killChildren(Number(pid));
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      continue;
    }
  }
}
