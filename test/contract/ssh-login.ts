// Logs in as occ does and says how that ended.
import { ConnectError } from '../../src/errors.ts';
import type { SshOptions, SshTarget } from '../../src/transport/ssh/ssh-target.ts';
import { connectSsh } from '../../src/transport/ssh/ssh-transport.ts';

/** Connects and closes again; undefined when it logged in, else the error. Other errors than ConnectError are thrown. */
export async function loginError(
  target: SshTarget,
  options: SshOptions,
): Promise<ConnectError | undefined> {
  try {
    await (await connectSsh(target, options)).close();
    return undefined;
  } catch (error) {
    if (error instanceof ConnectError) return error;
    throw error;
  }
}
