// Looks at a socket on a host that could not be dialled: what a refused forward does not tell.
import { nothing } from './command.ts';
import { dialError, type DialError } from './dial-error.ts';
import { capture, type Runner, type RunOptions } from './run.ts';
import type { Endpoint } from './transport.ts';

/** Who may open a socket that is there. */
export type SocketAccess = 'allowed' | 'root-only';

// Exit codes: 3 not there, 4 no socket, 5 there but not for this user.
const script = `
s() { [ -S "$1" ] || sudo -n test -S "$1" 2>/dev/null; }
d=\${1%/*}
if ! s "$1"; then
  [ -e "$1" ] && exit 4
  [ -d "$d" ] && [ ! -x "$d" ] && exit 5
  exit 3
fi
[ -r "$1" ] && [ -w "$1" ] || exit 5`;

/**
 * Finds out why an endpoint was refused. A TCP port cannot be looked at and counts as allowed.
 * @throws DialError `missing`, `refused`, or the refusal itself
 */
export async function lookAtSocket(
  runner: Runner,
  endpoint: Endpoint,
  refusal: DialError,
  options: RunOptions,
): Promise<SocketAccess> {
  if (!('path' in endpoint)) return 'allowed';
  const { host } = runner;
  const look = {
    argv: ['sh', '-c', script, 'look', endpoint.path],
    purpose: `look at ${endpoint.path}`,
    parse: nothing,
  };
  const { exit } = await capture(runner, look, options);
  const code = exit.kind === 'exited' ? exit.code : -1;
  if (code === 0) return 'allowed';
  if (code === 5) return 'root-only';
  if (code === 3) throw dialError('missing', endpoint, { host, cause: refusal });
  if (code === 4) throw dialError('refused', endpoint, { host, said: 'it is no socket' });
  throw refusal;
}
