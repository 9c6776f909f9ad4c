// What a running service tells of itself: read together, in few round trips.
import type { ContainerInfo, Engine } from '../../hosts/engine.ts';
import { run } from '../../transport/run.ts';
import { gatewayPort } from '../image/layout.ts';
import { labels } from '../labels.ts';
import type { HostContext } from '../operation.ts';
import { listWebUsers, type WebUser } from '../user/web-users.ts';
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

/** Reads what there is. The users are asked in the container, so only while it runs. */
export async function describeService(
  context: HostContext,
  container: ContainerInfo | undefined,
): Promise<Service> {
  const { host, signal } = context;
  const { container_name: name, bind_address: wantedAddress, port: wantedPort } = host.settings;
  const engine = await host.engine();
  const running = container?.state === 'running';
  const [image, users] = await Promise.all([
    container && imageOf(engine, container),
    running ? run(await host.container(name), listWebUsers(), { signal }) : undefined,
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

async function imageOf(engine: Engine, container: ContainerInfo): Promise<ServiceImage> {
  const { imageId: id, imageRef: ref } = container;
  const image = await engine.inspectImage(id);
  return { ref, id, occVersion: image?.labels[labels.version] };
}
