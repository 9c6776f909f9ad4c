// Which TCP ports are taken on a host, asked on that host. The parsers are pure.
import { DockerError } from '../../errors.ts';
import type { ContainerInfo } from '../../hosts/engine.ts';
import { textOf, type Command } from '../../transport/command.ts';
import { run } from '../../transport/run.ts';
import type { HostContext } from '../operation.ts';

/** A TCP socket that listens. */
export interface Listener {
  /** IPv4 in dots, or IPv6 as eight groups without shortening. */
  readonly address: string;
  readonly port: number;
}

const listenState = '0A';

/** Everything that listens on the host: proc_net_tcp (kernel documentation). Empty where there is no /proc/net. */
function listListeners(): Command<readonly Listener[]> {
  return {
    argv: ['cat', '/proc/net/tcp', '/proc/net/tcp6'],
    // 1: one of the files is missing, as without IPv6, or on macOS. The engine then refuses a taken port itself.
    okCodes: [0, 1],
    purpose: 'list the TCP ports in use',
    parse: (output) => parseListeners(textOf(output)),
  };
}

/** Reads the lines of `/proc/net/tcp` and `/proc/net/tcp6`. */
export function parseListeners(text: string): readonly Listener[] {
  return text.split('\n').flatMap((line) => {
    const [, local, , state] = line.trim().split(/\s+/);
    const [address, port] = local?.split(':') ?? [];
    if (state !== listenState || !address || !port) return [];
    return [{ address: decodeAddress(address), port: Number.parseInt(port, 16) }];
  });
}

/** Whether listening on `address`:`port` would collide with `listener`. */
export function collides(listener: Listener, address: string, port: number): boolean {
  if (listener.port !== port) return false;
  const [taken, wanted] = [canonical(listener.address), canonical(address)];
  return taken === wanted || isAny(taken) || isAny(wanted);
}

/**
 * Checks on the host that the service can listen where its settings say.
 * @param own - name of the container whose listener does not count
 * @throws DockerError `port-taken`
 */
export async function checkPortFree(context: HostContext, own: string): Promise<void> {
  const { host, signal } = context;
  const { bind_address: address, port } = host.settings;
  const engine = await host.engine();
  const transport = await host.transport();
  const [listeners, containers] = await Promise.all([
    run(transport, listListeners(), { signal }),
    engine.listContainers(),
  ]);
  // Published ports need not show as listeners: dockerd may run without its userland proxy.
  const publishers = containers.filter((container) => publishes(container, address, port));
  if (publishers.some(({ name }) => name === own)) return;
  const [publisher] = publishers;
  if (!publisher && !listeners.some((listener) => collides(listener, address, port))) return;
  const owner = publisher ? `container ${publisher.name}` : 'another program';
  throw new DockerError('port-taken', `Port ${port} on ${address} is in use by ${owner}`, {
    host: host.name,
    hint: `Choose another port: occ --host ${host.name} config set port NUMBER`,
  });
}

function publishes(container: ContainerInfo, address: string, port: number): boolean {
  if (container.state !== 'running') return false;
  return container.ports.some(({ hostAddress, hostPort }) =>
    collides({ address: hostAddress, port: hostPort }, address, port),
  );
}

/** The kernel prints 32-bit words of the address in host byte order; every engine host of ours is little-endian. */
function decodeAddress(hex: string): string {
  const words = hex.match(/.{8}/g) ?? [];
  const bytes = words.flatMap((word) => [...Buffer.from(word, 'hex').reverse()]);
  if (bytes.length === 4) return bytes.join('.');
  return Array.from({ length: 8 }, (_, index) =>
    (((bytes[2 * index] ?? 0) << 8) | (bytes[2 * index + 1] ?? 0)).toString(16),
  ).join(':');
}

/** One spelling per address: IPv6 through the URL parser (RFC 5952), IPv4-mapped as IPv4, unspecified as `any`. */
function canonical(address: string): string {
  if (!address.includes(':')) return address === '0.0.0.0' || address === '' ? 'any' : address;
  const short = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]+):([0-9a-f]+)$/.exec(short);
  if (short === '::') return 'any';
  if (!mapped?.[1] || !mapped[2]) return short;
  const value = Number.parseInt(mapped[1], 16) * 65_536 + Number.parseInt(mapped[2], 16);
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.');
}

function isAny(address: string): boolean {
  return address === 'any';
}
