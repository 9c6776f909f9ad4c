// A host for the contract suite: an sshd of its own, a client of its own, and connections that can be cut.
import { join } from 'node:path';
import { connectSsh } from '../../src/transport/ssh/ssh-transport.ts';
import type { ContractHost } from './contract-host.ts';
import { makeClient } from './sshd-client.ts';
import { startProxy } from './sshd-proxy.ts';
import { makeKey, publicKey, startSshd, tool } from './sshd-server.ts';

export interface SshContractHost extends ContractHost {
  /** Logins that the server has seen. */
  logins(): Promise<number>;
}

/** @param config - extra lines of sshd_config */
export async function openSshContractHost(
  config: readonly string[] = [],
): Promise<SshContractHost> {
  const client = await makeClient();
  const key = await makeKey(join(client.path, 'id'));
  const sshd = await startSshd({ config, authorizedKeys: [await publicKey(key)] });
  await client.configure('Host *\n  HostKeyAlias contract');
  await client.know(`contract ${await sshd.hostKey()}`);
  const cleanups: (() => Promise<void>)[] = [];
  const connect = (port: number) =>
    connectSsh(client.target(`127.0.0.1:${port}`, { identityFile: key }), client.options());
  const transport = await connect(sshd.port);
  return {
    transport,
    look: (script) => tool('sh', '-c', script),
    another: async () => {
      const proxy = await startProxy(sshd.port);
      cleanups.push(() => proxy.close());
      return {
        transport: await connect(proxy.port),
        cut: () => {
          proxy.cut();
          return Promise.resolve();
        },
      };
    },
    logins: () => sshd.logins(),
    close: async () => {
      await transport.close();
      for (const cleanup of cleanups) await cleanup();
      await sshd.stop();
      await client.remove();
    },
  };
}
