// Where occ keeps its own files on this machine: the XDG Base Directory Specification 0.8, pure.
import { isAbsolute, join } from 'node:path';

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

const folder = 'opencode-cloud';

/** `$XDG_CONFIG_HOME/opencode-cloud`, by default under `~/.config`. */
export function configDirectory(env: Environment, home: string): string {
  return join(baseDirectory(env['XDG_CONFIG_HOME'], home, '.config'), folder);
}

/** `$XDG_STATE_HOME/opencode-cloud`, by default under `~/.local/state`. */
export function stateDirectory(env: Environment, home: string): string {
  return join(baseDirectory(env['XDG_STATE_HOME'], home, '.local/state'), folder);
}

function baseDirectory(value: string | undefined, home: string, fallback: string): string {
  // The specification says that a relative path is invalid and must be ignored.
  return value !== undefined && isAbsolute(value) ? value : join(home, fallback);
}
