// What a running service tells of itself: read together, in few round trips.
import type { ContainerInfo } from '../../hosts/engine.ts';
import { gatewayPort } from '../image/layout.ts';
import { labels } from '../labels.ts';
import type { HostContext } from '../operation.ts';
import { usersIn } from '../user/read-users.ts';
import type { WebUser } from '../user/web-users.ts';
import { isExposed, serviceUrl } from './service-address.ts';

/** The image that a container was made from. */
export interface ServiceImage {
  readonly ref: string;
  /** `sha256:…` */
  readonly id: string;
  /** Version of occ that made it. Undefined when the image does not say, or is gone. */
  readonly occVersion: string | undefined;
}

/** What there is of the service on one host. */
export interface Service {
  readonly container: string;
  readonly state: ContainerInfo['state'] | 'absent';
  /** `none` when it does not run, or its image has no health check. */
  readonly health: ContainerInfo['health'];
  /** As seen from the host. Where it would be, when it does not run. */
  readonly url: string;
  /** Whether others than the host itself can connect to it. */
  readonly exposed: boolean;
  readonly image: ServiceImage | undefined;
  readonly opencodeVersion: string | undefined;
  /** RFC 3339; undefined when it does not run. */
  readonly startedAt: string | undefined;
  /** Undefined when it does not run. */
  readonly users: readonly WebUser[] | undefined;
}

/**
 * Reads what there is. The users are asked in the container, so only while it runs.
 * @param found - the container, or that it will be known: everything else is asked for meanwhile
 */
export async function describeService(
  context: HostContext,
  found: ContainerInfo | undefined | Promise<ContainerInfo | undefined>,
): Promise<Service> {
  const {
    container_name: name,
    bind_address: wantedAddress,
    port: wantedPort,
  } = context.host.settings;
  const finding = Promise.resolve(found);
  const [container, image, users] = await Promise.all([
    finding,
    imageOf(context, finding),
    usersOf(context, finding),
  ]);
  return {
    container: name,
    ...stateOf(container),
    ...addressOf(container, wantedAddress, wantedPort),
    image,
    opencodeVersion: container?.labels[labels.opencodeVersion],
    users,
  };
}

type Finding = Promise<ContainerInfo | undefined>;

/** Undefined when the container does not run. */
async function usersOf(context: HostContext, finding: Finding): Promise<Service['users']> {
  const reading = usersIn(context, finding.then(mustRun));
  reading.catch(() => undefined);
  return isRunning(await finding) ? reading : undefined;
}

function isRunning(container: ContainerInfo | undefined): container is ContainerInfo {
  return container?.state === 'running';
}

/** Its message is never seen: {@link usersOf} asks whether it runs before it listens. */
function mustRun(container: ContainerInfo | undefined): ContainerInfo {
  if (!isRunning(container)) throw new Error('the container does not run');
  return container;
}

function stateOf(
  container: ContainerInfo | undefined,
): Pick<Service, 'state' | 'health' | 'startedAt'> {
  if (container?.state !== 'running') {
    return { state: container?.state ?? 'absent', health: 'none', startedAt: undefined };
  }
  return { state: 'running', health: container.health, startedAt: container.startedAt };
}

/** Where it listens, read from the container: its settings may have changed since it was made. */
function addressOf(
  container: ContainerInfo | undefined,
  wantedAddress: string,
  wantedPort: number,
): Pick<Service, 'url' | 'exposed'> {
  const published = container?.ports.find(({ containerPort }) => containerPort === gatewayPort);
  const address = published?.hostAddress ?? wantedAddress;
  return {
    url: serviceUrl(address, published?.hostPort ?? wantedPort),
    exposed: isExposed(address),
  };
}

/** Whether the service can be used. */
export function isUp({ state, health }: Pick<Service, 'state' | 'health'>): boolean {
  return state === 'running' && (health === 'healthy' || health === 'none');
}

/** Those that occ made are asked for together, because the list need not wait for the container. */
async function imageOf({ host }: HostContext, finding: Finding): Promise<ServiceImage | undefined> {
  const engine = await host.engine({ early: true });
  const listing = engine.listImages(labels.version);
  listing.catch(() => undefined);
  const container = await finding;
  if (container === undefined) return undefined;
  const { imageId: id, imageRef: ref } = container;
  const listed = (await listing).find((image) => image.id === id);
  const image = listed ?? (await engine.inspectImage(id));
  return { ref, id, occVersion: image?.labels[labels.version] };
}
