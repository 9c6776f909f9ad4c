// How an SSH server is named in messages: the target by itself, a jump host as a jump host of its target.
import { shellWord } from '../../shell-word.ts';
import { describeEndpoint } from '../dial-error.ts';

/** One SSH server on the way to a host. */
export interface SshPlace {
  /** Inventory name of the host that the whole way leads to. */
  readonly host: string;
  /** The jump host as it is written in the configuration; undefined for the target itself. */
  readonly jump: string | undefined;
  readonly hostname: string;
  readonly port: number;
}

/** `host:port`, an IPv6 address in brackets. */
export function describeAddress({ hostname, port }: SshPlace): string {
  return describeEndpoint({ address: hostname, port });
}

/** `web-1 (10.0.0.7:22)` or `jump host bastion (10.0.0.1:22)`. */
export function describePlace(place: SshPlace): string {
  const name = place.jump === undefined ? place.host : `jump host ${place.jump}`;
  return `${name} (${describeAddress(place)})`;
}

/** What a person compares with: `ssh -v -p 22 web.example`. A name that ssh would take for an option stays a name. */
export function sshTrial({ hostname, port }: SshPlace, user?: string): string {
  const who = user === undefined ? hostname : `${user}@${hostname}`;
  const end = who.startsWith('-') ? '-- ' : '';
  return `ssh -v -p ${port} ${end}${shellWord(who)}`;
}

/** The command that a person reaches a jump host with. ssh reads a port in the URI form only. */
export function sshCommand(jump: string): string {
  const uri = /:\d+$/.test(jump) && !jump.startsWith('ssh://') ? `ssh://${jump}` : jump;
  return `ssh ${shellWord(uri)}`;
}
