// Sees the host key of a server that occ's own SSH cannot talk to: ssh shakes hands over a stream of occ's, and no further.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { pipeline, type Duplex } from 'node:stream';
import { shellWord } from '../../shell-word.ts';
import { decodeKey } from '../host-keys/ssh-host-key-blob.ts';
import { endGroup } from '../process-group.ts';
import type { SshConfig } from '../ssh-config/ssh-config.ts';
import { sshArguments } from '../ssh-config/ssh-config.ts';
import type { ConnectDeadline } from '../ssh/ssh-deadline.ts';
import type { SshPlace } from '../ssh/ssh-place.ts';
import type { SshTarget } from '../ssh/ssh-target.ts';
import { StderrTail } from '../stderr-tail.ts';
import { masterError } from './openssh-errors.ts';

/** What a look needs. */
export interface SshKeyLook {
  /** The way to the server, over all jump hosts and proxies; nobody has read from it. It is destroyed. */
  readonly socket: Duplex;
  readonly target: SshTarget;
  readonly config: SshConfig;
  readonly place: SshPlace;
  /** Host key algorithms to ask for, best first; not empty. */
  readonly algorithms: readonly string[];
  readonly deadline: ConnectDeadline;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** ProxyCommand: joins ssh to the stream. */
const joiner = `const socket = require('node:net').connect(__dirname + '/socket');
socket.on('error', () => process.exit(1));
socket.on('close', () => process.exit(0));
process.stdin.pipe(socket).pipe(process.stdout);
`;

/** KnownHostsCommand: notes the key that is to be judged, and knows none. */
const noter = `[ "$1" = HOSTNAME ] && printf '%s' "$2" >"\${0%/*}/key"
exit 0
`;

/** Whatever the configuration says: no key is known, so that ssh ends before it logs in. */
const trustNobody = [
  'StrictHostKeyChecking=yes',
  'UserKnownHostsFile=/dev/null',
  'GlobalKnownHostsFile=/dev/null',
  'RevokedHostKeys=none',
  'VerifyHostKeyDNS=no',
  'CheckHostIP=no',
  'NoHostAuthenticationForLocalhost=no',
  'BatchMode=yes',
  'ControlMaster=no',
  'ControlPath=none',
  'ClearAllForwardings=yes',
  'LogLevel=INFO',
];

/**
 * The key that the server shows, in SSH wire format. ssh of 8.5 or newer is needed (KnownHostsCommand).
 * @throws ConnectError when the handshake did not come so far; the deadline's reason
 */
export async function keyBySsh(look: SshKeyLook): Promise<Buffer> {
  // Directly under /tmp: the temporary directory of macOS is too long for sockets.
  const directory = await mkdtemp('/tmp/occ-look-');
  const server = await serveStream(join(directory, 'socket'), look.socket);
  try {
    await writeFile(join(directory, 'join.cjs'), joiner, { mode: 0o600 });
    await writeFile(join(directory, 'note'), noter, { mode: 0o600 });
    const said = await runSsh(argumentsOf(look, directory), look);
    const noted = await readFile(join(directory, 'key'), 'utf8').catch(() => '');
    const key = decodeKey(noted);
    if (key === undefined) throw await failure(said, look);
    return key;
  } finally {
    server.close();
    look.socket.destroy();
    await rm(directory, { recursive: true, force: true });
  }
}

function argumentsOf({ target, algorithms }: SshKeyLook, directory: string): string[] {
  const script = shellWord(join(directory, 'join.cjs'));
  // What NODE_OPTIONS loads has no business here.
  const join_ = `env NODE_OPTIONS= ${shellWord(execPath)} ${script}`.replaceAll('%', '%%');
  const options = [
    ...trustNobody,
    `KnownHostsCommand=/bin/sh ${join(directory, 'note')} %I %K`,
    `HostKeyAlgorithms=${algorithms.join(',')}`,
    `ProxyCommand=${join_}`,
    'ProxyUseFdpass=no',
  ];
  const route = sshArguments({ ...target, proxyJump: undefined });
  return [
    '-N',
    ...options.flatMap((option) => ['-o', option]),
    ...route.filter((argument) => argument !== '-G'),
  ];
}

/** Answers what ssh says; it always ends by a failure. */
async function runSsh(argv: readonly string[], { env, deadline }: SshKeyLook): Promise<string> {
  const child = spawn('ssh', argv, { stdio: ['ignore', 'ignore', 'pipe'], env, detached: true });
  const said = new StderrTail(child.stderr);
  try {
    // Its stderr is also the joiner's: when that is closed, both are gone.
    await deadline.race(once(child, 'close'));
    return said.text;
  } catch (error) {
    if (child.pid !== undefined) await endGroup(child.pid);
    throw error;
  }
}

/** Joins the first who connects to the stream; nobody else gets in. */
async function serveStream(path: string, stream: Duplex): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    server.close();
    // Whichever ends, the other one does; why is told by ssh.
    pipeline(stream, socket, stream, () => undefined);
  });
  server.listen(path);
  await once(server, 'listening');
  await chmod(path, 0o600);
  return server;
}

function failure(said: string, { place, config }: SshKeyLook): Promise<Error> {
  return masterError(said, {
    ...{ place, user: config.user, keyName: config.keyName.name, code: 255 },
    ...{
      pins: undefined,
      knownHostsFiles: [],
      ownKnownHosts: '',
      gssapi: false,
      questions: undefined,
      viaSaid: '',
    },
  });
}
