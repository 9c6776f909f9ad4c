// How OpenSSH spells host names and jump hosts of its configuration (ssh_config(5), HostName and ProxyJump). Pure.
import { isIP } from 'node:net';

/**
 * HostName: `%h` is the name that it replaces, `%%` a percent sign.
 * @throws Error for another token
 */
export function expandHostname(template: string | undefined, host: string): string {
  if (template === undefined) return host;
  return template.replace(/%(.?)/gs, (token, letter: string) => {
    if (letter === 'h') return host;
    if (letter === '%') return '%';
    throw new Error(`unknown token ${token} in “${template}”`);
  });
}

/** A name in lower case; an address as the system writes it, unless only the case differs. */
export function canonicalHost(host: string): string {
  if (!/[%:]|^[0-9.]+$/.test(host)) return host.toLowerCase();
  const address = canonicalAddress(host);
  return address.toLowerCase() === host.toLowerCase() ? host : address;
}

function canonicalAddress(host: string): string {
  if (isIP(host) === 6 && !host.includes('%')) return urlHost(`[${host}]`).slice(1, -1);
  return /^[0-9.]+$/.test(host) ? urlHost(host) : host;
}

/** The URL Standard writes addresses as inet_ntop(3) does. */
function urlHost(host: string): string {
  return URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : host;
}

/**
 * Reads the value of ProxyJump: hosts separated by commas, each `[user@]host[:port]` or a URI, or `none`.
 * Returns it as `ssh -G` prints it.
 * @throws Error when a host is none
 */
export function readJump(text: string): string {
  const value = text.replace(/#.*$/s, '').trim();
  if (value.toLowerCase() === 'none') return 'none';
  const hops = value.split(',');
  const last = hops.map((hop) => readHop(hop)).at(-1) ?? '';
  return [...hops.slice(0, -1), last].join(',');
}

function readHop(hop: string): string {
  const pattern = /^(?:ssh:\/\/)?(?:(.+)@)?(?:\[([^\]]+)\]|([^:/[\]]+))(?::(\d+)?)?\/?$/;
  const [, user, bracketed, plain, port] = pattern.exec(hop.trim()) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined || Number(port ?? 22) < 1 || Number(port ?? 22) > 65_535) {
    throw new Error(`“${hop}” is not a jump host`);
  }
  const isNumeric = host.includes(':') || /^[0-9.]+$/.test(host);
  const name = isNumeric ? `[${host}]` : host;
  return `${user === undefined ? '' : `${user}@`}${name}${port === undefined ? '' : `:${Number(port)}`}`;
}
