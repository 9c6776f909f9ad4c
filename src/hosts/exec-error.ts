// Translates the failure of a Docker exec request: no container, not running, no engine.
import { ConnectError, DockerError, OccError } from '../errors.ts';
import { sanitizeLine } from '../sanitize.ts';

/** docker-modem's errors carry the status and the engine's answer. */
interface EngineFailure extends Error {
  readonly statusCode?: number;
  readonly json?: unknown;
}

/** What an operation should hear. Errors of our own come through the transport below and stay as they are. */
export function execError(
  error: EngineFailure,
  place: { readonly host: string; readonly container: string },
): OccError {
  if (error instanceof OccError) return error;
  const details = { host: place.host, cause: error };
  const hint = `Start it: occ --host ${place.host} start`;
  const message = sanitizeLine(error.message.slice(0, 4000));
  if (error.statusCode === undefined) {
    return new ConnectError('lost', `The Docker Engine does not answer: ${message}`, details);
  }
  if (error.statusCode === 404) {
    const missing = `There is no container ${place.container}`;
    return new DockerError('not-found', missing, { ...details, hint });
  }
  if (error.statusCode === 409) {
    const stopped = `The container ${place.container} is not running`;
    return new DockerError('conflict', stopped, { ...details, hint });
  }
  const failed = `Could not run a process in ${place.container}: ${message.trim()}`;
  return new DockerError('api', failed, details);
}
