// The checks of host.test that look at the Docker Engine: the way to it, its API, how it stores images, occ's container.
import type { Host, EngineWay } from '../../hosts/host.ts';
import type { Examination, Finding } from './test-step.ts';

/** Where the engine listens, and how it is reached. */
export async function examineDocker({ host }: Examination): Promise<Finding> {
  const reached = await host.engineWay();
  return { detail: `${reached.place} (${sourceOf(reached)}), ${wayOf(reached)}` };
}

function sourceOf({ place, source }: EngineWay): string {
  if (source !== 'default') return source;
  return place.startsWith('/run/user/') ? 'found, rootless' : 'found';
}

function wayOf({ way: { bridge, asRoot } }: EngineWay): string {
  if (bridge === undefined) return 'directly';
  return asRoot ? `through ${bridge} with sudo` : `through ${bridge}`;
}

/** Version of the engine and its API. Older ones than occ needs were refused on the way. */
export async function examineApi({ host }: Examination): Promise<Finding> {
  const { version, apiVersion, os, arch } = await (await host.engine()).version();
  return { detail: `API ${apiVersion}, Docker Engine ${version}, ${os}/${arch}` };
}

/** How images are stored and containers confined. */
export async function examineStorage({ host }: Examination): Promise<Finding> {
  const info = await (await host.engine()).info();
  const store = info.containerdStore ? 'containerd image store' : 'classic image store';
  return { detail: `${info.storageDriver}, ${store}, cgroup v${info.cgroupVersion}` };
}

/** The container that runs opencode. */
export async function examineContainer({ host }: Examination): Promise<Finding> {
  const name = host.settings.container_name;
  const found = await (await host.engine()).inspectContainer(name);
  if (!found) return { detail: `${name} does not exist yet` };
  const health = found.health === 'none' ? '' : `, ${found.health}`;
  const detail = `${name} is ${found.state}${health}`;
  if (found.health !== 'unhealthy') return { detail };
  return { detail, fix: `See why: ${logsOf(host)}` };
}

function logsOf({ name }: Host): string {
  return `occ --host ${name} logs --tail 50`;
}
