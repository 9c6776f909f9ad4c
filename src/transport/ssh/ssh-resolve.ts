// Finds the addresses of a server's name, and the one of ours to come from (getaddrinfo(3), ssh_config(5)).
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { networkInterfaces, type NetworkInterfaceInfo } from 'node:os';
import { ConnectError } from '../../errors.ts';
import { shellWord } from '../../shell-word.ts';
import type { SshConfig } from '../ssh-config/ssh-config.ts';
import type { ConnectDeadline } from './ssh-deadline.ts';
import { socketError, unreachable } from './ssh-errors.ts';
import type { SshPlace } from './ssh-place.ts';

/** One address of a name. */
export interface ResolvedAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

/** What the addresses are chosen by. */
export type ResolveConfig = Pick<
  SshConfig,
  'hostname' | 'addressFamily' | 'bindAddress' | 'bindInterface'
>;

const familyOf = { any: 0, inet: 4, inet6: 6 } as const;

/**
 * All addresses of the server's name that AddressFamily allows, in the system's order (RFC 6724), as ssh tries them.
 * @throws ConnectError `dns`; `config` when the address is of the other family than AddressFamily allows
 */
export async function resolveServer(
  config: ResolveConfig,
  place: SshPlace,
  deadline: ConnectDeadline,
): Promise<readonly ResolvedAddress[]> {
  const { hostname, addressFamily } = config;
  const wanted = familyOf[addressFamily];
  const literal = isIP(hostname);
  if (literal !== 0 && wanted !== 0 && literal !== wanted) {
    const message = `AddressFamily ${addressFamily} of your SSH configuration rules out the address ${hostname}`;
    const hint = 'Use an address of that family, or change AddressFamily.';
    throw new ConnectError('config', message, { host: place.host, hint });
  }
  try {
    const found = await deadline.race(
      lookup(hostname, { all: true, family: wanted, order: 'verbatim' }),
    );
    return found.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }));
  } catch (error) {
    if (deadline.signal.aborted) throw error;
    throw nameError(error as NodeJS.ErrnoException, config, place);
  }
}

function nameError(
  error: NodeJS.ErrnoException,
  { hostname, addressFamily }: ResolveConfig,
  place: SshPlace,
): ConnectError {
  if (addressFamily === 'any' || error.code !== 'ENOTFOUND') return socketError(error, place);
  const kind = addressFamily === 'inet' ? 'IPv4' : 'IPv6';
  const told = unreachable('dns', error.message, place, error);
  const message = `${told.message} to an ${kind} address (AddressFamily ${addressFamily})`;
  const hint = `See what it has: getent ahosts ${shellWord(hostname)}`;
  return new ConnectError('dns', message, { host: place.host, hint, cause: error });
}

/** Where a connection comes from; without an address, wherever the system chooses. */
export interface Source {
  readonly address?: string | undefined;
}

/**
 * What BindAddress or BindInterface says about a connection to an address; undefined where it has none of that family.
 * @throws ConnectError `config` when this machine has no such name or interface
 */
export async function sourceFor(
  { family }: ResolvedAddress,
  { bindAddress, bindInterface }: ResolveConfig,
  place: SshPlace,
): Promise<Source | undefined> {
  if (bindAddress !== undefined) return boundAddress(bindAddress, family, place);
  if (bindInterface === undefined) return {};
  const found = networkInterfaces()[bindInterface];
  if (found === undefined) throw noInterface(bindInterface, place);
  return addressOn(found, family);
}

async function boundAddress(
  name: string,
  family: 4 | 6,
  place: SshPlace,
): Promise<Source | undefined> {
  // As in ssh, `*` is every address, which needs no binding.
  if (name === '*') return {};
  if (isIP(name) !== 0) return isIP(name) === family ? { address: name } : undefined;
  const found = await lookup(name, { all: true }).catch((cause: unknown) => {
    const message = `BindAddress ${name} of your SSH configuration does not resolve`;
    throw new ConnectError('config', message, { host: place.host, cause });
  });
  return found.find((one) => one.family === family);
}

/** Addresses that lead further than the link come first. */
function addressOn(found: readonly NetworkInterfaceInfo[], family: 4 | 6): Source | undefined {
  const usable = found.filter((one) => one.family === `IPv${family}`);
  const global = usable.find(({ address }) => !/^(fe80:|169\.254\.)/i.test(address));
  return global ?? usable[0];
}

function noInterface(name: string, place: SshPlace): ConnectError {
  const have = Object.keys(networkInterfaces()).join(', ');
  const message = `BindInterface ${name} of your SSH configuration: this machine has no such interface`;
  const hint = `It has ${have}.`;
  return new ConnectError('config', message, { host: place.host, hint });
}
