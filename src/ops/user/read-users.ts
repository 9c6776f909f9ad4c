// Who may log in, read from the container of a host, in as few round trips as the image allows.
import type { ContainerInfo } from '../../hosts/engine.ts';
import { run } from '../../transport/run.ts';
import { findInstance, running } from '../container/instance.ts';
import { usersFile } from '../image/layout.ts';
import type { HostContext } from '../operation.ts';
import { listWebUsers, parseWebUsers, type WebUser } from './web-users.ts';

/**
 * The users of the host's container.
 * @throws DockerError `not-found` when there is no container, `conflict` when it is not running or not occ's
 */
export function readUsers(context: HostContext): Promise<readonly WebUser[]> {
  const { host } = context;
  return usersIn(
    context,
    findInstance(host).then((instance) => running(instance, host.name)),
  );
}

/**
 * The users of a container that is known soon. The file is asked for meanwhile; an image of an earlier occ has none, so that a
 * process in the container has to tell.
 * @param finding - rejects when they must not be told
 */
export async function usersIn(
  { host, signal }: HostContext,
  finding: Promise<ContainerInfo>,
): Promise<readonly WebUser[]> {
  const name = host.settings.container_name;
  const reading = host.engine({ early: true }).then((engine) => engine.readFile(name, usersFile));
  reading.catch(() => undefined);
  await finding;
  const text = await reading;
  if (text !== undefined) return parseWebUsers(text);
  return run(await host.container(name), listWebUsers(), { signal });
}
