// The checks of host.test that only a host behind an SSH server needs: how many commands at once, which sockets it forwards.
import type { Host } from '../../hosts/host.ts';
import { shellWord } from '../../shell-word.ts';
import { DialError } from '../../transport/dial-error.ts';
import { run } from '../../transport/run.ts';
import type { DialWay, Endpoint } from '../../transport/transport.ts';
import { on } from './checks-machine.ts';
import { findOpenSocket } from './probes-machine.ts';
import { countSessions } from './probe-sessions.ts';
import { hasPassed, type Examination, type Finding } from './test-step.ts';

/** Commands that occ runs at the same time on one connection. */
const wanted = 4;

/** How many commands may run at once on one connection (MaxSessions in sshd_config(5)). */
export async function examineSessions(examination: Examination): Promise<Finding> {
  const { host, signal } = examination;
  const count = await countSessions(await host.transport(), wanted, signal);
  if (count === undefined) return { detail: 'how many at once could not be told', atOnce: 1 };
  if (count === wanted) return { detail: `${wanted} commands at once on one connection` };
  const many = count === 1 ? 'one command' : `${count} commands`;
  const detail = `${many} at once on one connection; for more, occ logs in again`;
  const { lines } = await server(examination, ['MaxSessions 10']);
  return { detail, fix: lines, atOnce: count };
}

/** Whether the server forwards to sockets, which is faster than a program that carries them. */
export async function examineForwarding(examination: Examination): Promise<Finding> {
  const { host, signal } = examination;
  const { port } = host.settings;
  const [unix, tcp] = await Promise.all([
    lookAtUnix(examination),
    dial(host, { address: '127.0.0.1', port }, signal),
  ]);
  const detail = `Unix sockets ${words(unix)}, TCP ports ${words(tcp)}`;
  const lines = [
    ...(unix?.isForwarded === false ? ['AllowStreamLocalForwarding yes'] : []),
    ...(!tcp.isForwarded ? ['AllowTcpForwarding yes'] : []),
  ];
  if (lines.length === 0) return { detail };
  const permit = !tcp.isForwarded ? [`no PermitOpen without 127.0.0.1:${port}`] : [];
  const told = await server(examination, lines, [...permit, 'no DisableForwarding yes']);
  if (!told.isOpenSsh) return { detail, fix: told.lines };
  const { user } = await host.facts();
  const key = 'the key without restrict and no-port-forwarding in authorized_keys';
  const show = `sudo sshd -T -C user=${shellWord(user)},host=x,addr=x | grep -i -e forwarding -e permitopen`;
  return { detail, fix: `${told.lines}. Also: ${key}. What holds now: ${show}` };
}

/** What became of dialling. */
interface Dialled {
  readonly isForwarded: boolean;
  /** The program that carries it instead; undefined: none does. */
  readonly bridge: DialWay['bridge'];
}

function words(dialled: Dialled | undefined): string {
  if (dialled === undefined) return 'not tried (none to connect to)';
  if (dialled.isForwarded) return 'forwarded';
  return dialled.bridge === undefined
    ? 'not forwarded'
    : `not forwarded, carried by ${dialled.bridge}`;
}

/** By the engine's socket where that tells it, else by another one that the login may open. */
async function lookAtUnix({ host, signal, found }: Examination): Promise<Dialled | undefined> {
  const docker = found('docker');
  if (docker !== undefined && hasPassed(docker)) {
    const { place, way } = await host.engineWay();
    // As root it is reached by a program in any case.
    if (place.startsWith('/') && !way.asRoot) {
      return { isForwarded: way.bridge === undefined, bridge: way.bridge };
    }
  }
  const path = await run(await host.transport(), findOpenSocket(), { signal });
  return path === undefined ? undefined : dial(host, { path }, signal);
}

async function dial(host: Host, endpoint: Endpoint, signal: AbortSignal): Promise<Dialled> {
  const ways: DialWay[] = [];
  try {
    const transport = await host.transport();
    (await transport.dial(endpoint, { signal, told: (way) => ways.push(way) })).destroy();
    const bridge = ways[0]?.bridge;
    return { isForwarded: bridge === undefined, bridge };
  } catch (error) {
    if (!(error instanceof DialError)) throw error;
    // The server's own answer is kept as the cause: it tried, and nobody listens. A bridge has none.
    const isTried = error.reason !== 'forbidden' && error.cause !== undefined;
    return { isForwarded: isTried, bridge: undefined };
  }
}

/** What to write where: sshd reads the first line of a kind, and reads its file when it is told to. */
async function server(
  { host, found }: Examination,
  lines: readonly string[],
  conditions: readonly string[] = [],
): Promise<{ lines: string; isOpenSsh: boolean }> {
  if (/dropbear/i.test(found('banner')?.detail ?? '')) {
    const text = `${on(host)} dropbear has no setting for it; occ manages. For more speed: openssh-server`;
    return { lines: text, isOpenSsh: false };
  }
  const { osName = '', init } = await host.facts();
  const service = /debian|ubuntu|mint/i.test(osName) ? 'ssh' : 'sshd';
  const reload =
    init === 'systemd' ? `sudo systemctl reload ${service}` : `sudo service ${service} reload`;
  const and = conditions.length === 0 ? '' : ` (and ${conditions.join(', ')})`;
  const text = `${on(host)} in /etc/ssh/sshd_config: ${lines.join(', ')}${and}, then: ${reload}`;
  return { lines: text, isOpenSsh: true };
}
