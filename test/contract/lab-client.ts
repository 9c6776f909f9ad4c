// Connects to the machines of the lab as any of their users, with files of its own.
import { inject } from 'vitest';
import { passwordsForSudo } from '../../src/hosts/sudo-passwords.ts';
import type { SecretStore } from '../../src/hosts/secret-store.ts';
import type { Prompter } from '../../src/prompter.ts';
import { connectSsh } from '../../src/transport/ssh/ssh-transport.ts';
import type { Transport } from '../../src/transport/transport.ts';
import type { LabHost, labUsers } from '../lab/lab-hosts.ts';
import { makeClient, nobody } from './sshd-client.ts';

/** Who is at the operator's machine. */
export interface Operator {
  /** Default: no terminal. */
  readonly prompter?: Prompter;
  /** Default: there is no keychain. */
  readonly keychain?: SecretStore;
}

/** A client of one lab machine. */
export interface LabClient {
  readonly stateDir: string;
  connect(user: keyof typeof labUsers, operator?: Operator): Promise<Transport>;
  remove(): Promise<void>;
}

export function labHost(kind: LabHost['kind']): LabHost {
  const host = inject('lab').hosts.find((candidate) => candidate.kind === kind);
  if (host === undefined) throw new Error(`The lab has no ${kind} host`);
  return host;
}

/** A client directory that knows the machine's key. */
export async function makeLabClient(host: LabHost): Promise<LabClient> {
  const client = await makeClient();
  const { knownHostsFile } = inject('lab');
  await client.configure(
    `HostKeyAlias [127.0.0.1]:${host.port}\nGlobalKnownHostsFile ${knownHostsFile}`,
  );
  return {
    stateDir: client.stateDir,
    connect: (user, { prompter = nobody, keychain } = {}) =>
      connectSsh(
        client.target(`${user}@127.0.0.1:${host.port}`, { identityFile: host.identityFile }),
        client.options(prompter, {
          sudoPasswords: passwordsForSudo(prompter, host.name, () => Promise.resolve(keychain)),
        }),
      ),
    remove: () => client.remove(),
  };
}
