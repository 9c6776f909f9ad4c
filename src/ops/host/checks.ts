// The checks of host.test, in order. Each asks one thing of the host and says what it found.
import type { Host } from '../../hosts/host.ts';
import { run } from '../../transport/run.ts';
import { clockSkew, formatBytes, readClock, readDiskSpace } from './probes.ts';

/** What a check found. With `fix` it is a warning: occ works, but something should be mended. */
export interface Finding {
  readonly detail: string;
  readonly fix?: string;
}

/** One check. What it throws is its failure. */
export interface Check {
  readonly name: string;
  /** Checks that must have passed; otherwise this one is skipped. */
  readonly needs: readonly string[];
  examine(host: Host, signal: AbortSignal): Promise<Finding>;
}

/** An image and its build need about this much. */
const enoughSpace = 5 * 1024 ** 3;
/** Certificates and log times go wrong from about here. */
const tolerableSkewMs = 30_000;

/** All checks. */
export const checks: readonly Check[] = [
  { name: 'connect', needs: [], examine: connect },
  { name: 'shell', needs: ['connect'], examine: shell },
  { name: 'clock', needs: ['shell'], examine: clock },
  { name: 'docker', needs: ['shell'], examine: docker },
  { name: 'storage', needs: ['docker'], examine: storage },
  { name: 'disk', needs: ['docker'], examine: disk },
  { name: 'container', needs: ['docker'], examine: container },
];

async function connect(host: Host): Promise<Finding> {
  await host.transport();
  return { detail: host.settings.address ?? host.name };
}

async function shell(host: Host): Promise<Finding> {
  const { os, osName, arch, user, init } = await host.facts();
  return { detail: `${osName ?? os}, ${arch}, user ${user}, init ${init}` };
}

async function clock(host: Host, signal: AbortSignal): Promise<Finding> {
  const transport = await host.transport();
  const before = Date.now();
  const skew = clockSkew(await run(transport, readClock(), { signal }), before, Date.now());
  if (Math.abs(skew) <= tolerableSkewMs) return { detail: 'agrees with this machine' };
  const seconds = Math.round(Math.abs(skew) / 1000);
  return {
    detail: `${seconds} s ${skew > 0 ? 'ahead of' : 'behind'} this machine`,
    fix: 'Set the clock, with systemd: sudo timedatectl set-ntp true',
  };
}

async function docker(host: Host): Promise<Finding> {
  const { version, apiVersion, os, arch } = await (await host.engine()).version();
  const { place, way: how } = await host.engineWay();
  const way = how.asRoot ? `${place} with sudo` : place;
  return { detail: `Docker Engine ${version}, API ${apiVersion}, ${os}/${arch}, through ${way}` };
}

async function storage(host: Host): Promise<Finding> {
  const info = await (await host.engine()).info();
  const store = info.containerdStore ? 'containerd image store' : 'classic image store';
  return { detail: `${info.storageDriver}, ${store}, cgroup v${info.cgroupVersion}` };
}

async function disk(host: Host, signal: AbortSignal): Promise<Finding> {
  const { rootDir } = await (await host.engine()).info();
  const { free, total } = await run(await host.transport(), readDiskSpace(rootDir), { signal });
  const detail = `${formatBytes(free)} of ${formatBytes(total)} free on ${rootDir}`;
  if (free >= enoughSpace) return { detail };
  const fix = `Free some space: an image and its build need about ${formatBytes(enoughSpace)}. What Docker holds: docker system df`;
  return { detail, fix };
}

async function container(host: Host): Promise<Finding> {
  const name = host.settings.container_name;
  const found = await (await host.engine()).inspectContainer(name);
  if (!found) return { detail: `${name} does not exist yet` };
  const health = found.health === 'none' ? '' : `, ${found.health}`;
  const detail = `${name} is ${found.state}${health}`;
  if (found.health !== 'unhealthy') return { detail };
  return { detail, fix: `See why: occ --host ${host.name} logs --tail 50` };
}
