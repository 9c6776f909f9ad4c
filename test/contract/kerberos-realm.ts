// A Kerberos realm of a test's own: a KDC on a loopback port, with all of its files in one directory.
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from './sshd-server.ts';

const execute = promisify(execFile);

const name = 'OCC.TEST';
const password = 'a password for tests';

/** A running realm. It has one account, the user that runs the tests, and one service: sshd on `localhost`. */
export interface Realm {
  /** For sshd: where its key is. */
  readonly serverEnv: Readonly<Record<string, string>>;
  /** For clients: where the tickets are. */
  readonly clientEnv: Readonly<Record<string, string>>;
  /** Gets a ticket for the account. */
  logIn(): Promise<void>;
  stop(): Promise<void>;
}

/** Makes a realm and starts its KDC. */
export async function startRealm(): Promise<Realm> {
  const directory = await mkdtemp(join(tmpdir(), 'occ-krb5-'));
  const at = (file: string): string => join(directory, file);
  const port = await freePort();
  await writeFile(at('krb5.conf'), clientConfig(port));
  await writeFile(at('kdc.conf'), kdcConfig(port, at));
  const env = { ...process.env, KRB5_CONFIG: at('krb5.conf'), KRB5_KDC_PROFILE: at('kdc.conf') };
  const tool = (program: string, ...argv: string[]) => execute(program, argv, { env });
  await tool('/usr/sbin/kdb5_util', 'create', '-s', '-r', name, '-P', 'master');
  const admin = (query: string) => tool('/usr/sbin/kadmin.local', '-r', name, '-q', query);
  await admin(`addprinc -pw "${password}" ${userInfo().username}`);
  await admin('addprinc -randkey host/localhost');
  await admin(`ktadd -k ${at('keytab')} host/localhost`);
  const kdc = spawn('/usr/sbin/krb5kdc', ['-n', '-P', at('pid')], { env, stdio: 'ignore' });
  await untilListening(port, kdc);
  const clientEnv = { KRB5_CONFIG: at('krb5.conf'), KRB5CCNAME: `FILE:${at('tickets')}` };
  return {
    serverEnv: { KRB5_CONFIG: at('krb5.conf'), KRB5_KTNAME: `FILE:${at('keytab')}` },
    clientEnv,
    logIn: async () => {
      const kinit = execute('kinit', [userInfo().username], { env: { ...env, ...clientEnv } });
      kinit.child.stdin?.end(`${password}\n`);
      await kinit;
    },
    stop: async () => {
      const exited = once(kdc, 'exit');
      kdc.kill();
      await exited;
      await rm(directory, { recursive: true });
    },
  };
}

/** Nothing is looked up anywhere else. */
function clientConfig(port: number): string {
  return `[libdefaults]
  default_realm = ${name}
  dns_lookup_realm = false
  dns_lookup_kdc = false
  dns_canonicalize_hostname = false
  rdns = false
  udp_preference_limit = 1
[realms]
  ${name} = {
    kdc = 127.0.0.1:${port}
  }
[domain_realm]
  localhost = ${name}
`;
}

function kdcConfig(port: number, at: (file: string) => string): string {
  return `[kdcdefaults]
  kdc_listen = 127.0.0.1:${port}
  kdc_tcp_listen = 127.0.0.1:${port}
[realms]
  ${name} = {
    database_name = ${at('principal')}
    key_stash_file = ${at('stash')}
    acl_file = ${at('acl')}
  }
[logging]
  kdc = FILE:${at('kdc.log')}
  admin_server = FILE:${at('admin.log')}
`;
}

async function untilListening(port: number, kdc: ChildProcess): Promise<void> {
  for (;;) {
    if (kdc.exitCode !== null) throw new Error(`krb5kdc ended with ${kdc.exitCode}`);
    const socket = connect(port, '127.0.0.1');
    const open = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'close').then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (open) return;
    await delay(20);
  }
}
