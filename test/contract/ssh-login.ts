// Logs in as occ does, and hangs up: what a command answered, or how that ended.
import { ConnectError } from '../../src/errors.ts';
import { run } from '../../src/transport/run.ts';
import type { SshOptions, SshTarget } from '../../src/transport/ssh/ssh-target.ts';
import { connectSsh } from '../../src/transport/ssh/ssh-transport.ts';
import { textCommand } from './cases/support.ts';

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

/** Connects, runs one command, closes; answers its stdout. */
export async function runOnce(
  argv: readonly string[],
  ...where: Parameters<typeof connectSsh>
): Promise<string> {
  const transport = await connectSsh(...where);
  try {
    return await run(transport, textCommand(argv));
  } finally {
    await transport.close();
  }
}

/** {@link runOnce} with a command that says hello. */
export function greet(...where: Parameters<typeof connectSsh>): Promise<string> {
  return runOnce(['echo', 'hello'], ...where);
}
