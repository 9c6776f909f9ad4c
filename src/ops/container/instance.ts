// Finds occ's container on a host and keeps its hands off containers that are not occ's.
import { DockerError } from '../../errors.ts';
import type { ContainerInfo, Engine } from '../../hosts/engine.ts';
import type { Host } from '../../hosts/host.ts';
import { labels } from '../labels.ts';

/** Suffix of the container that is set aside while its successor is tried. */
const asideSuffix = '-previous';

/** What there is of occ's container on a host. */
export interface Instance {
  readonly engine: Engine;
  readonly name: string;
  /** Undefined when it does not exist. */
  readonly current: ContainerInfo | undefined;
  /** Name that the old container has while its successor is tried. */
  readonly asideName: string;
  /** Left there by an occ that was cut off in the middle. */
  readonly aside: ContainerInfo | undefined;
}

/**
 * Reads what there is.
 * @throws DockerError `conflict` when the name belongs to a container that occ did not make
 */
export async function findInstance(host: Host): Promise<Instance> {
  const engine = await host.engine({ early: true });
  const name = host.settings.container_name;
  const asideName = `${name}${asideSuffix}`;
  const [current, aside] = await Promise.all([
    engine.inspectContainer(name),
    engine.inspectContainer(asideName),
  ]);
  if (current && !belongsTo(current, name)) throw foreign(host, name);
  if (aside && !belongsTo(aside, name)) throw foreign(host, asideName);
  return { engine, name, current, asideName, aside };
}

/**
 * The container of an instance that must exist.
 * @throws DockerError `not-found`
 */
export function existing(instance: Instance, host: string): ContainerInfo {
  if (instance.current) return instance.current;
  throw new DockerError('not-found', `There is no container ${instance.name}`, {
    host,
    hint: `Create and start it: occ --host ${host} start`,
  });
}

/**
 * The container of an instance that must be running.
 * @throws DockerError `not-found`, or `conflict` when it does not run
 */
export function running(instance: Instance, host: string): ContainerInfo {
  const container = existing(instance, host);
  if (container.state === 'running') return container;
  const message = `Container ${instance.name} is not running: it is ${container.state}`;
  throw new DockerError('conflict', message, { host, hint: `Start it: occ --host ${host} start` });
}

function belongsTo(container: ContainerInfo, name: string): boolean {
  return container.labels[labels.instance] === name;
}

function foreign(host: Host, name: string): DockerError {
  return new DockerError('conflict', `Container ${name} exists and was not made by occ`, {
    host: host.name,
    hint:
      `It was left alone. Give occ’s container another name: ` +
      `occ --host ${host.name} config set container_name NAME`,
  });
}
