// Translates what net and ssh2 report while connecting into ConnectErrors that say what to do.
import { ConnectError, type ConnectReason } from '../../errors.ts';
import { shellWord } from '../../shell-word.ts';
import { describePlace, sshTrial, type SshPlace } from './ssh-place.ts';

const reasonOfCode: Readonly<Record<string, ConnectReason>> = {
  ENOTFOUND: 'dns',
  EAI_AGAIN: 'dns',
  EAI_FAIL: 'dns',
  EAI_NODATA: 'dns',
  EAI_NONAME: 'dns',
  ECONNREFUSED: 'refused',
  ETIMEDOUT: 'timeout',
};

/** A TCP connection that did not come about. */
export function socketError(error: NodeJS.ErrnoException, place: SshPlace): ConnectError {
  const reason = reasonOfCode[error.code ?? ''] ?? 'unreachable';
  return unreachable(reason, error.message, place, error);
}

/** One address of a server that was not reached, when it is known where the connection was to come from. */
export function addressError(
  error: NodeJS.ErrnoException,
  { address, source }: { readonly address: string; readonly source: string | undefined },
  place: SshPlace,
): AddressError {
  if (source === undefined || !/^(EADDRNOTAVAIL|EACCES)$/.test(error.code ?? '')) {
    return new AddressError(address, socketError(error, place));
  }
  const message = `The connection to ${describePlace(place)} cannot come from ${source} (BindAddress): ${error.message}`;
  const hint = 'BindAddress must be an address of this machine: ip address';
  const details = { host: place.host, hint, cause: error };
  return new AddressError(address, new ConnectError('config', message, details));
}

/** Why one of a name's addresses did not answer. */
export class AddressError extends ConnectError {
  readonly address: string;

  constructor(address: string, { reason, message, host, hint, cause }: ConnectError) {
    super(reason, message, { host, hint, cause });
    this.address = address;
  }
}

/** Which of several reasons says most: somebody who refuses is nearer than nobody. */
const telling: readonly ConnectReason[] = ['config', 'refused', 'timeout', 'unreachable'];

/** All addresses of a name failed. */
export function manyErrors(failures: readonly AddressError[], place: SshPlace): ConnectError {
  const best = telling.flatMap((reason) => failures.filter((one) => one.reason === reason))[0];
  if (best === undefined) return unreachable('unreachable', 'it has no address', place);
  if (failures.length === 1) return best;
  const each = failures.map(({ address, cause }) => `${address}: ${wordOf(cause)}`).join('; ');
  const message = `${describePlace(place)} cannot be reached at any of its addresses (${each})`;
  return new ConnectError(best.reason, message, { host: place.host, hint: best.hint, cause: best });
}

function wordOf(cause: unknown): string {
  const { code, message } = cause as NodeJS.ErrnoException;
  return code ?? message;
}

/** A server that was not reached, and what to look at. */
export function unreachable(
  reason: ConnectReason,
  why: string,
  place: SshPlace,
  cause?: unknown,
): ConnectError {
  const who = describePlace(place);
  const said: Partial<Record<ConnectReason, [message: string, hint: string]>> = {
    dns: [
      `The host name ${place.hostname} of ${who} does not resolve`,
      `Check the address: occ host show ${shellWord(place.host)}`,
    ],
    refused: [
      `${who} refused the connection`,
      `Is sshd running there, and is ${place.port} its port? (ssh_port)`,
    ],
    timeout: [
      `${who} did not answer`,
      'Check that the host is up and that no firewall drops the port.',
    ],
  };
  const [message, hint] = said[reason] ?? [
    `${who} cannot be reached: ${why}`,
    `Try it: ${sshTrial(place)}`,
  ];
  return new ConnectError(reason, message, { host: place.host, hint, cause });
}
