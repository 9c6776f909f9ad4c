// Looks at a host's engine past occ: with the docker command, as root, here or on a machine of the lab.
import { inject } from 'vitest';
import { attempt, run } from '../../scripts/lib/run.mjs';

/** What `docker` on a host prints; `local` is this machine. */
export async function dockerOn(host: string, ...argv: string[]): Promise<string> {
  return run([...way(host), 'docker', ...argv]);
}

/** What there is with that name on a host: containers with their state, volumes, password records. */
export async function stateOn(host: string, name: string): Promise<unknown> {
  const filter = ['--filter', `name=${name}`];
  const ids = await dockerOn(host, 'ps', '--all', '--quiet', '--no-trunc', ...filter);
  const format = '{{.Id}} {{.Name}} {{.State.Status}} {{.State.StartedAt}}';
  const containers = ids.split('\n').filter((id) => id !== '');
  const inspected = containers.map((id) => dockerOn(host, 'inspect', '--format', format, id));
  const records = ['exec', name, 'sh', '-c', 'cat /var/lib/opencode-cloud/users/*'];
  return {
    containers: (await Promise.all(inspected)).sort(),
    volumes: await dockerOn(host, 'volume', 'ls', '--quiet', ...filter),
    users: (await attempt([...way(host), 'docker', ...records])).stdout,
  };
}

/** Containers and volumes with that name, one a line; empty when nothing is left. */
export async function leftOn(host: string, name: string): Promise<string> {
  const filter = ['--filter', `name=${name}`, '--quiet'];
  const found = [
    await dockerOn(host, 'ps', '--all', ...filter),
    await dockerOn(host, 'volume', 'ls', ...filter),
  ];
  return found.join('\n').trim();
}

function way(host: string): readonly string[] {
  const machine = inject('lab').hosts.find(({ name }) => name === host);
  return machine ? ['docker', 'exec', machine.containerId] : [];
}
