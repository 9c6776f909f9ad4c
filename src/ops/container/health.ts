// Waits until the service in the container is healthy, and tells the last log lines when it will not be.
import { setTimeout as sleep } from 'node:timers/promises';
import { DockerError } from '../../errors.ts';
import type { ContainerInfo, Engine } from '../../hosts/engine.ts';
import { throwIfAborted } from '../abort.ts';
import type { HostContext } from '../operation.ts';

const pollMs = 500;
const tailLines = 20;

/**
 * Waits until Docker calls the container healthy.
 * @throws DockerError `unhealthy`, with the last log lines, when it is unhealthy, ends, restarts, or takes longer than
 * the host's `health_timeout`
 */
export async function waitUntilHealthy(context: HostContext, name: string): Promise<void> {
  const { host, signal, emit } = context;
  const summary = `wait until ${name} is healthy, ${host.settings.health_timeout} s at most`;
  emit({ type: 'progress', host: host.name, summary });
  const engine = await host.engine();
  const limit = host.settings.health_timeout;
  const began = performance.now();
  const seconds = () => Math.floor((performance.now() - began) / 1000);
  let restarts: number | undefined;
  for (;;) {
    throwIfAborted(signal, host.name);
    const container = await engine.inspectContainer(name);
    restarts ??= container?.restartCount;
    const verdict = judge(container, restarts ?? 0);
    if (verdict === 'healthy') return;
    const problem = verdict ?? (seconds() >= limit ? `is not healthy after ${limit} s` : undefined);
    if (problem) throw await unhealthy(context, engine, name, problem);
    await sleep(pollMs, undefined, { signal }).catch(() => undefined);
  }
}

/** `healthy`, what is wrong in words, or undefined while it is too early to tell. Pure. */
export function judge(container: ContainerInfo | undefined, restarts: number): string | undefined {
  if (!container) return 'has vanished';
  const { state, health, restartCount, exitCode } = container;
  if (state === 'restarting' || restartCount > restarts) {
    return `ended with exit code ${exitCode} and is being restarted`;
  }
  if (state !== 'running') return `is ${state}, exit code ${exitCode}`;
  if (health === 'unhealthy') return 'is unhealthy';
  // An image without a health check, made by hand: running is all that can be known.
  return health === 'healthy' || health === 'none' ? 'healthy' : undefined;
}

async function unhealthy(
  { host }: HostContext,
  engine: Engine,
  name: string,
  problem: string,
): Promise<DockerError> {
  const lines = await lastLines(engine, name);
  const log = lines.length === 0 ? '' : `. Its last log lines:\n${lines.join('\n')}`;
  return new DockerError('unhealthy', `Container ${name} ${problem}${log}`, {
    host: host.name,
    hint:
      `Look at the lines above. A slow host may need longer: ` +
      `occ --host ${host.name} config set health_timeout SECONDS`,
  });
}

/** The end of the log, indented; empty when it cannot be read, because the failure to tell is another one. */
async function lastLines(engine: Engine, name: string): Promise<readonly string[]> {
  const lines: string[] = [];
  try {
    for await (const line of engine.logs(name, { tail: tailLines })) lines.push(`  ${line.text}`);
  } catch {
    return lines;
  }
  return lines;
}
