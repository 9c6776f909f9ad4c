// Finds a Docker Engine that answers. Speaks to its socket itself: the docker command may be missing.
import { existsSync } from 'node:fs';
import { request } from 'node:http';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { attempt } from './run.mjs';

/** Where an engine that is started by hand, or by a distribution's package, listens. */
export const defaultSocket = '/var/run/docker.sock';

/** @typedef {'answers' | 'denied' | 'silent'} EngineState */

/**
 * Sockets that engines are known to listen on: the system's, rootless Docker, Docker Desktop, Colima.
 * @returns {string[]}
 */
export function knownSockets() {
  const runtime = process.env['XDG_RUNTIME_DIR'];
  const home = homedir();
  return [
    defaultSocket,
    ...(runtime === undefined ? [] : [join(runtime, 'docker.sock')]),
    join(home, '.docker/run/docker.sock'),
    join(home, '.docker/desktop/docker.sock'),
    join(home, '.colima/default/docker.sock'),
  ];
}

/**
 * Asks an engine for a sign of life.
 * @param {string} dockerHost as in DOCKER_HOST: `unix:///path`, `tcp://host:port`, `ssh://…`
 * @returns {Promise<EngineState>}
 */
export async function probe(dockerHost) {
  const path = socketPath(dockerHost);
  if (path !== undefined) return ping(path);
  const argv = ['docker', '--host', dockerHost, 'version', '--format', '{{.Server.Version}}'];
  return (await attempt(argv, { silenceSeconds: 15 })).code === 0 ? 'answers' : 'silent';
}

/** @param {string} dockerHost @returns {string | undefined} undefined when it is not a Unix socket */
export function socketPath(dockerHost) {
  return dockerHost.startsWith('unix://') ? dockerHost.slice('unix://'.length) : undefined;
}

/**
 * `GET /_ping`, Docker Engine API 1.24 and later.
 * @param {string} path of a Unix socket
 * @returns {Promise<EngineState>}
 */
function ping(path) {
  if (!existsSync(path)) return Promise.resolve('silent');
  return new Promise((resolve) => {
    const asked = request({ socketPath: path, path: '/_ping', timeout: 5000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200 ? 'answers' : 'silent');
    });
    asked.on('timeout', () => asked.destroy());
    asked.on('error', (/** @type {NodeJS.ErrnoException} */ error) =>
      resolve(error.code === 'EACCES' ? 'denied' : 'silent'),
    );
    asked.end();
  });
}
