// Where the web UI is reached on its host, and whether others can reach it too.
import type { HostSettings } from '../../hosts/inventory-schema.ts';

/** Address to connect to, from the host itself, for a service that listens on `bindAddress`. */
export function connectAddress(bindAddress: string): string {
  if (bindAddress === '0.0.0.0') return '127.0.0.1';
  return isIpv6Any(bindAddress) ? '::1' : bindAddress;
}

/** URL of a service on a host, as seen from that host. */
export function serviceUrl(bindAddress: string, port: number): string {
  const address = connectAddress(bindAddress);
  return `http://${address.includes(':') ? `[${address}]` : address}:${port}`;
}

/** Whether anybody but the host itself can connect. Loopback is 127.0.0.0/8 and ::1 (RFC 1122, RFC 4291). */
export function isExposed(bindAddress: string): boolean {
  const loopback = /^127(\.\d{1,3}){3}$/.test(bindAddress) || /^[0:]*:0*1$/.test(bindAddress);
  return !loopback;
}

/** What to say when the service is exposed; undefined when it is not. */
export function exposureWarning(
  host: string,
  { bind_address: address, port }: Pick<HostSettings, 'bind_address' | 'port'>,
): string | undefined {
  if (!isExposed(address)) return undefined;
  return (
    `The web UI listens on ${address}, port ${port}: others on the network can reach its login, without TLS. ` +
    `To close it: occ --host ${host} config set bind_address 127.0.0.1, then occ --host ${host} start`
  );
}

function isIpv6Any(address: string): boolean {
  return address.includes(':') && /^[0:]+$/.test(address);
}
