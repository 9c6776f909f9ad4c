// One row of the matrix: the same server, files and agent for ssh and for occ, and what each of them makes of it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { ConnectError, OccError } from '../../../src/errors.ts';
import { run } from '../../../src/transport/run.ts';
import type { ConnectProgress } from '../../../src/transport/ssh/ssh-progress.ts';
import {
  connectSsh,
  type SshOptions,
  type SshTarget,
} from '../../../src/transport/ssh/ssh-transport.ts';
import type { Transport } from '../../../src/transport/transport.ts';
import { textCommand } from '../cases/support.ts';
import { makeAskpass } from '../ssh-outcome.ts';
import { makeClient, nobody, Person, type ClientDirectory } from '../sshd-client.ts';

/** What both connect with. */
export interface Setup {
  /** ssh_config. The client's own known_hosts is added at its end. */
  readonly config: string;
  /** The client's known_hosts. */
  readonly known?: readonly string[];
  /** Default: `host`. */
  readonly address?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What is typed: a shell command that prints it when ssh asks, and the answers to occ's questions in order. */
  readonly typed?: { readonly askpass: string; readonly answers: readonly (string | boolean)[] };
  /** What only the inventory can say. */
  readonly inventory?: Partial<SshTarget>;
  /** Lent to occ for sudo on the host. */
  readonly sudoPasswords?: SshOptions['sudoPasswords'];
  /** Says more of a connection of occ: how Docker is reached. */
  readonly more?: (transport: Transport) => Promise<string>;
  /** Ends what belongs to this row. */
  readonly end?: () => Promise<unknown>;
}

/** What came out, in the words of the table. */
export interface Outcomes {
  readonly ssh: string;
  readonly occ: string;
}

const works = 'works';

/** True when both work, or both fail for the same reason. */
export function agree({ ssh, occ }: Outcomes): boolean {
  return ssh === occ || (ssh === works && occ.startsWith(`${works},`));
}

/** Connects by both, one after the other: ssh may write to known_hosts. */
export async function compare(setup: Setup): Promise<Outcomes> {
  const client = await makeClient();
  try {
    await client.configure(setup.config);
    await client.know(...(setup.known ?? []));
    const occ = await occOutcome(setup, client);
    return { ssh: await sshOutcome(setup, client), occ };
  } finally {
    await setup.end?.();
    await client.remove();
  }
}

const command = ['printf', '%s', 'fine'];

/** In a session of its own: without a terminal, whoever runs the tests. */
async function sshOutcome(setup: Setup, client: ClientDirectory): Promise<string> {
  const { typed } = setup;
  const asking =
    typed === undefined
      ? {}
      : {
          SSH_ASKPASS: await makeAskpass(client.path, typed.askpass),
          SSH_ASKPASS_REQUIRE: 'force',
        };
  const argv = ['-F', client.configFile, '-T', setup.address ?? 'host', command.join(' ')];
  const child = spawn('ssh', argv, {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], HOME: client.path, ...asking, ...setup.env },
    timeout: 30_000,
  });
  const [stdout, stderr] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    child.exitCode === null ? once(child, 'close') : undefined,
  ]);
  if (child.exitCode === 0) return stdout.endsWith('fine') ? works : failed('no command');
  const reason = reasons.find(([said]) => said.test(stderr));
  if (reason !== undefined) return failed(reason[1]);
  return failed(child.exitCode === 255 ? `? ${stderr}` : 'no command');
}

/** What ssh says, the most telling first. */
const reasons: readonly (readonly [said: RegExp, reason: string])[] = [
  [/REMOTE HOST IDENTIFICATION HAS CHANGED/, 'host key changed'],
  [/REVOKED HOST KEY|revoked by file/, 'host key revoked'],
  [/Host key verification failed/, 'host key unknown'],
  [/Permission denied \(|Too many authentication failures/, 'login'],
  [/no matching (host key|key exchange|cipher|MAC)/, 'algorithms'],
  [/timed out/, 'timeout'],
  [/Connection refused/, 'refused'],
  [/Could not resolve/, 'name'],
  [
    /Bad configuration option|terminating, \d+ bad|recursive configuration|Bad .* argument|unsupported option/i,
    'configuration',
  ],
  [/bind .*: Cannot assign requested address|getaddrinfo: .*bind/i, 'configuration'],
  [/stdio forwarding failed|request local forwarding/, 'forwarding'],
  [/open failed|^$/, 'no command'],
  [/Cannot execute command-line and remote command/, 'configuration'],
  [/Connection (closed|reset)/, 'lost'],
];

async function occOutcome(setup: Setup, client: ClientDirectory): Promise<string> {
  const told: ConnectProgress[] = [];
  const prompter = setup.typed === undefined ? nobody : new Person(...setup.typed.answers);
  const options = client.options(prompter, {
    env: { PATH: process.env['PATH'], HOME: client.path, ...setup.env },
    sudoPasswords: setup.sudoPasswords,
    observe: (progress) => void told.push(progress),
  });
  const target = client.target(setup.address ?? 'host', {
    connectTimeoutSeconds: undefined,
    ...setup.inventory,
  });
  try {
    const transport = await connectSsh(target, options);
    try {
      const said = await run(transport, textCommand(command, { timeoutMs: 15_000 }));
      if (said !== 'fine') return failed('no command');
      const more = await setup.more?.(transport);
      return [works, wayOf(told), ...(more === undefined ? [] : [more])].filter(Boolean).join(', ');
    } finally {
      await transport.close();
    }
  } catch (error) {
    if (error instanceof OccError) return failed(occReason(error));
    throw error;
  }
}

function wayOf(told: readonly ConnectProgress[]): string {
  const ofTarget = told.filter(({ place }) => place.jump === undefined);
  const last = ofTarget.findLast(({ stage }) => stage === 'login' || stage === 'warm');
  if (last?.stage === 'warm') return 'over your own master';
  return last?.detail.includes(' by ssh itself: ') === true ? 'by ssh itself' : '';
}

const words: Readonly<Record<string, string>> = {
  'connect.host-key-changed': 'host key changed',
  'connect.host-key-revoked': 'host key revoked',
  'connect.host-key-unknown': 'host key unknown',
  'connect.auth': 'login',
  'connect.timeout': 'timeout',
  'connect.refused': 'refused',
  'connect.dns': 'name',
  'connect.config': 'configuration',
  'connect.lost': 'lost',
  'command.failed': 'no command',
  timeout: 'timeout',
  answer: 'no command',
};

function occReason(error: OccError): string {
  if (error.message.includes('Could not resolve host')) return 'name';
  if (/does not forward|prohibited/.test(error.message)) return 'forwarding';
  if (/no matching|have no .* in common|agree on/i.test(error.message)) return 'algorithms';
  if (error instanceof ConnectError && /runs no (further )?command/.test(error.message))
    return 'no command';
  if (/The ProxyCommand .* exited/.test(error.message)) return 'lost';
  if (error.message.includes('The command never began')) return 'no command';
  return words[error.code] ?? `? ${error.code} ${error.message}`;
}

function failed(reason: string): string {
  return `fails: ${reason}`;
}
