// Reads the hosts of Docker contexts that go over SSH.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { codeOf } from '../thrown.ts';
import { unreadable } from './import-file.ts';
import type { FoundHost, FoundHosts, SkippedHost } from './import-source.ts';

const metaSchema = z.object({
  Name: z.string().min(1),
  Endpoints: z.object({ docker: z.object({ Host: z.string().optional() }).optional() }).optional(),
});

/**
 * Reads the contexts of a configuration directory of the docker command, by default `~/.docker`.
 * @throws UsageError when there is no such directory
 */
export async function readDockerContexts(directory: string): Promise<FoundHosts> {
  const source = join(directory, 'contexts', 'meta');
  const found = await Promise.all(
    (await namesIn(directory, source)).map((name) => read(source, name)),
  );
  const sorted = found.sort((one, other) => (one.name < other.name ? -1 : 1));
  return {
    source,
    hosts: sorted.filter((each): each is FoundHost => !('reason' in each)),
    skipped: sorted.filter((each): each is SkippedHost => 'reason' in each),
  };
}

/** A directory without contexts is fine; one that does not exist is a mistake. */
async function namesIn(directory: string, source: string): Promise<string[]> {
  try {
    return await readdir(source);
  } catch (cause) {
    if (codeOf(cause) !== 'ENOENT') throw unreadable(source, cause);
    await readdir(directory).catch((error: unknown) => {
      throw unreadable(directory, error);
    });
    return [];
  }
}

async function read(source: string, name: string): Promise<FoundHost | SkippedHost> {
  const file = join(source, name, 'meta.json');
  try {
    const meta = metaSchema.parse(JSON.parse(await readFile(file, 'utf8')));
    return hostOf(meta.Name, meta.Endpoints?.docker?.Host);
  } catch {
    return { name, reason: `${file} is not the description of a context` };
  }
}

function hostOf(name: string, endpoint: string | undefined): FoundHost | SkippedHost {
  if (endpoint === undefined) return { name, reason: 'it has no endpoint of Docker' };
  const [, place, path] = /^ssh:\/\/([^/]+)(\/.*)?$/.exec(endpoint) ?? [];
  if (place === undefined) return { name, reason: `${endpoint} is not reached by ssh` };
  const socket = path === undefined || path === '/' ? undefined : path;
  return {
    name,
    address: place,
    groups: [],
    settings: socket === undefined ? {} : { docker_socket: socket },
    remarks: [],
  };
}
