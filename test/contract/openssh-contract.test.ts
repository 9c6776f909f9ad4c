// The transport contract over a master: the same sshd and the same cases as for occ's own connections.
import { join } from 'node:path';
import { askMaster } from '../../src/transport/mux/mux-client.ts';
import type { ContractHost } from './contract-host.ts';
import { Masters } from './openssh-start.ts';
import { makeClient } from './sshd-client.ts';
import { startProxy } from './sshd-proxy.ts';
import { makeKey, publicKey, startSshd, tool } from './sshd-server.ts';
import { transportContract } from './transport-suite.ts';

async function open(): Promise<ContractHost> {
  const client = await makeClient();
  const masters = new Masters(client);
  const key = await makeKey(join(client.path, 'id'));
  const sshd = await startSshd({ authorizedKeys: [await publicKey(key)] });
  await client.configure(`Host *\n  HostKeyAlias contract\n  IdentityFile ${key}`);
  await client.know(`contract ${await sshd.hostKey()}`);
  const cleanups: (() => Promise<unknown>)[] = [];
  const transport = await masters.transport(await masters.start(`127.0.0.1:${sshd.port}`));
  return {
    transport,
    look: (script) => tool('sh', '-c', script),
    another: async () => {
      const proxy = await startProxy(sshd.port);
      const path = await masters.start(`127.0.0.1:${proxy.port}`);
      cleanups.push(() => askMaster(path, 'exit'));
      cleanups.push(() => proxy.close());
      return {
        transport: await masters.transport(path),
        cut: () => {
          proxy.cut();
          return Promise.resolve();
        },
      };
    },
    close: async () => {
      await transport.close();
      for (const cleanup of cleanups) await cleanup();
      await masters.end();
      await sshd.stop();
      await client.remove();
    },
  };
}

transportContract('OpenSSH master', open, { tellsSignals: true, cut: 'ends' });
