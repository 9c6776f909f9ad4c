// Where the benchmark runs: a real sshd on loopback, a client directory of its own, and both clients set up alike.
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { connectSsh, type SshOptions, type SshTarget } from '../src/transport/ssh/ssh-transport.ts';
import type { Transport } from '../src/transport/transport.ts';
import { makeClient, type ClientDirectory } from '../test/contract/sshd-client.ts';
import { makeKey, publicKey, startSshd } from '../test/contract/sshd-server.ts';

/** The cipher that both clients use: the first that occ offers. */
export const cipher = 'aes128-gcm@openssh.com';

export interface Place {
  readonly client: ClientDirectory;
  readonly port: number;
  readonly identityFile: string;
  /** Connects as occ does. */
  connect(
    port: number,
    more?: Partial<SshTarget>,
    options?: Partial<SshOptions>,
  ): Promise<Transport>;
  /** Starts OpenSSH's own client. Its stdin is empty unless `how` says otherwise, its stdout is dropped. */
  ssh(port: number, argv: readonly string[], how?: SshRun): ChildProcess;
  close(): Promise<void>;
}

export interface SshRun {
  /** A file descriptor to read from. */
  readonly stdin?: number;
  /** More options of ssh. */
  readonly options?: readonly string[];
}

export async function openPlace(): Promise<Place> {
  const client = await makeClient();
  const identityFile = await makeKey(join(client.path, 'id'));
  const sshd = await startSshd({
    authorizedKeys: [await publicKey(identityFile)],
    config: ['MaxStartups 1000', 'MaxSessions 100', 'LogLevel ERROR'],
  });
  await client.configure(
    `Host *\n  HostKeyAlias bench\n  IdentityFile ${identityFile}\n  IdentitiesOnly yes\n  Ciphers ${cipher}\n  LogLevel ERROR`,
  );
  await client.know(`bench ${await sshd.hostKey()}`);
  return {
    client,
    port: sshd.port,
    identityFile,
    connect: (port, more, options) =>
      connectSsh(client.target(`127.0.0.1:${port}`, more), client.options(undefined, options)),
    ssh: (port, argv, { stdin, options = [] } = {}) =>
      spawn(
        'ssh',
        ['-F', client.configFile, '-p', String(port), ...options, '127.0.0.1', ...argv],
        {
          stdio: [stdin ?? 'ignore', 'ignore', 'pipe'],
        },
      ),
    close: async () => {
      await sshd.stop();
      await client.remove();
    },
  };
}
