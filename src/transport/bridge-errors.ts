// Why a bridge carried nothing, from how it ended and what it printed.
import { ConnectError, OccError } from '../errors.ts';
import { dialError, type DialError, type DialReason } from './dial-error.ts';
import type { RootError } from './root-error.ts';
import type { Endpoint, Exit } from './transport.ts';

/** The error of a bridge that has ended; undefined when all is well. */
export function bridgeFailure(
  host: string,
  endpoint: Endpoint,
  exit: Exit,
  said: string,
): Error | undefined {
  if (exit.kind === 'exited' && exit.code === 0) return undefined;
  if (exit.kind !== 'lost') return bridgeError(host, endpoint, exit, said);
  if (exit.cause instanceof OccError) return exit.cause;
  return new ConnectError('lost', 'The connection was lost', { host, cause: exit.cause });
}

/** The error of a bridge that did not connect, by its own words. */
export function bridgeError(host: string, endpoint: Endpoint, exit: Exit, said: string): DialError {
  const reason = reasonIn(said);
  if (reason === 'permission') return permissionError(host, endpoint);
  if (reason !== 'failed') return dialError(reason, endpoint, { host });
  return dialError('failed', endpoint, { host, said: `the bridge ended (${exit.kind})` });
}

/** The socket is there, and the user does not open it. `why`: nor does root, because nobody becomes root. */
export function permissionError(host: string, endpoint: Endpoint, why?: RootError): DialError {
  const open = 'Let the user open it (for Docker: sudo usermod -aG docker USER)';
  const root = why?.hint ?? 'let it use sudo without a password';
  return dialError('permission', endpoint, { host, cause: why, hint: `${open}. Or: ${root}` });
}

/** What bridges print, in locale C. A missing bridge says "not found", which is no word about the socket. */
function reasonIn(said: string): DialReason {
  if (said.includes('Connection refused')) return 'refused';
  if (/(connect|dial|socket).*No such file or directory/i.test(said)) return 'missing';
  if (/(connect|dial).*permission denied/i.test(said)) return 'permission';
  return 'failed';
}
