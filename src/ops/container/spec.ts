// What the container must be like, from the settings alone. Pure, so that a hash of it tells when it must be re-created.
import { createHash } from 'node:crypto';
import type { ContainerSpec } from '../../hosts/engine.ts';
import type { HostSettings } from '../../hosts/inventory-schema.ts';
import { version } from '../../version.ts';
import { capabilities, gatewayPort, tmpfsTargets, volumeTargets } from '../image/layout.ts';
import { labels } from '../labels.ts';

/** Seconds between SIGTERM and SIGKILL: opencode closes its database, nginx its connections. */
export const stopGraceSeconds = 20;

/** Settings that decide what the container is like. */
export type ServiceSettings = Pick<HostSettings, 'bind_address' | 'container_name' | 'port'>;

/** Name of a volume of this container: `<container_name>-<suffix>`. */
function volumeName(containerName: string, suffix: keyof typeof volumeTargets): string {
  return `${containerName}-${suffix}`;
}

/** Names of all volumes of this container. */
export function volumeNames(containerName: string): readonly string[] {
  return suffixes.map((suffix) => volumeName(containerName, suffix));
}

/** Labels of what belongs to this container: itself and its volumes. */
export function ownLabels(containerName: string): Readonly<Record<string, string>> {
  return { [labels.instance]: containerName, [labels.version]: version };
}

/**
 * The container for these settings.
 * @param image - reference or id
 * @param extraCa - PEM text that is put into the container before it starts; part of the hash
 */
export function containerSpec(
  settings: ServiceSettings,
  image: string,
  extraCa?: string,
): ContainerSpec {
  const name = settings.container_name;
  const shape = {
    env: {},
    publish: [
      { hostAddress: settings.bind_address, hostPort: settings.port, containerPort: gatewayPort },
    ],
    volumes: suffixes.map((suffix) => ({
      volume: volumeName(name, suffix),
      target: volumeTargets[suffix],
    })),
    tmpfs: tmpfsTargets,
    restartPolicy: 'unless-stopped',
    capabilities,
    stopGraceSeconds,
    hostname: hostnameOf(name),
  } as const;
  const hash = specHash(shape, extraCa);
  return { ...shape, image, labels: { ...ownLabels(name), [labels.specHash]: hash } };
}

/**
 * Hash of everything that only a new container can change, except its image: that is compared by id. Labels are left
 * out, so that a new version of occ with the same settings re-creates nothing.
 */
export function specHash(spec: Omit<ContainerSpec, 'image' | 'labels'>, extraCa = ''): string {
  return createHash('sha256')
    .update(JSON.stringify(sortKeys({ ...spec, extraCa })))
    .digest('hex')
    .slice(0, 16);
}

const suffixes = Object.keys(volumeTargets) as (keyof typeof volumeTargets)[];

/** A host name (RFC 1123) from a container name: at most 63 letters, digits, dots and hyphens. */
function hostnameOf(name: string): string {
  return name.replaceAll('_', '-').replace(/[-.]+$/, '');
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sortKeys(item)]));
}
