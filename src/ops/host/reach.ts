// Connects to a host that is not in the inventory yet, and asks for its Docker Engine.
import { ConnectError, DockerError, OccError } from '../../errors.ts';
import type { InventoryContext } from '../operation.ts';
import { withHost } from './candidate.ts';
import { keyWithFingerprint } from './fingerprint.ts';
import { addCommands, type NewHost } from './new-host.ts';

/** What was found on the host. */
export interface ReachedHost {
  /** `Debian GNU/Linux 12 (bookworm)` */
  readonly os: string;
  readonly arch: string;
  readonly user: string;
  /** Version of the Docker Engine. */
  readonly docker: string;
}

/**
 * The host with the key of that fingerprint pinned, which no other key is accepted beside.
 * @throws ConnectError with how to add the host all the same
 */
export async function withPin(
  context: InventoryContext,
  wanted: NewHost,
  fingerprint: string,
): Promise<NewHost> {
  try {
    const shown = await context.open(wanted.name, withHost(context.inventory, wanted)).hostKeys();
    const { text } = keyWithFingerprint(wanted.name, shown, fingerprint);
    return { ...wanted, entry: { ...wanted.entry, host_keys: [text] } };
  } catch (error) {
    throw explained(error, wanted);
  }
}

/**
 * Connects as the inventory would say once the host is in it.
 * @throws ConnectError, DockerError with how to add the host all the same
 */
export async function reach(context: InventoryContext, wanted: NewHost): Promise<ReachedHost> {
  const host = context.open(wanted.name, withHost(context.inventory, wanted));
  try {
    const { os, osName, arch, user } = await host.facts();
    const { version } = await (await host.engine()).version();
    return { os: osName ?? os, arch, user, docker: version };
  } catch (error) {
    throw explained(error, wanted);
  }
}

/** The same failure; its hint says how to add the host without the check. */
function explained(error: unknown, wanted: NewHost): unknown {
  const [add = '', ...others] = addCommands(wanted);
  const untested = [`${add} --no-test`, ...others].join(' && ');
  const anyway = `Nothing was written. To add the host without this check: ${untested}`;
  if (!(error instanceof OccError)) return error;
  // The host cannot be named to other commands before it is in the inventory.
  const trust = new RegExp(`occ host trust ${wanted.name}(?: --replace)?`);
  const allow = `occ --host ${wanted.name} config set password_login true`;
  const own = error.hint?.replace(trust, () => add).replace(allow, () => `${add} --password-login`);
  const hint = own === undefined ? anyway : `${own}\n${anyway}`;
  const details = { host: wanted.name, hint, cause: error };
  if (error instanceof ConnectError) return new ConnectError(error.reason, error.message, details);
  if (error instanceof DockerError) return new DockerError(error.reason, error.message, details);
  return error;
}
