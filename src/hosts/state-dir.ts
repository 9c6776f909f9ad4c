// Where occ keeps its own files on this machine: the XDG Base Directory Specification 0.8.
import { lstatSync, type Stats } from 'node:fs';
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

/** A directory for sockets, or why there is none. */
export type RuntimeDirectory = { readonly path: string } | { readonly unusable: string };

/**
 * The longest path of such a directory: a socket's path has 103 bytes at most (sun_path of macOS and the BSDs), of which
 * `/`, the name that occ gives it (33) and what ssh appends while it makes one (17) are taken.
 */
const longestRuntimePath = 103 - 1 - 33 - 17;

/**
 * Where sockets of kept connections are: `$XDG_RUNTIME_DIR/opencode-cloud`, or `/tmp/opencode-cloud-UID` where that
 * variable names no directory of this user. Nothing is made here; what is there already must be an owner-only directory.
 * @param uid - of this process; negative where there are none
 */
export function runtimeDirectory(env: Environment, uid: number): RuntimeDirectory {
  if (uid < 0) return { unusable: 'this system has no owners of files' };
  const base = env['XDG_RUNTIME_DIR'];
  const own = base !== undefined && isAbsolute(base) && isPrivate(lstat(base), uid);
  const path = own ? join(base, folder) : `/tmp/${folder}-${uid}`;
  const found = lstat(path);
  if (found !== undefined && !isPrivate(found, uid)) {
    return { unusable: `${path} is not a directory that only you can use (chmod 700)` };
  }
  if (Buffer.byteLength(path) > longestRuntimePath) {
    return { unusable: `${path} is longer than ${longestRuntimePath} bytes, too long for sockets` };
  }
  return { path };
}

function lstat(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch {
    // Missing, or where this user may not look: not this user's in any case.
    return undefined;
  }
}

/** A link is none: who made it could lead it elsewhere later. */
function isPrivate(found: Stats | undefined, uid: number): boolean {
  return found?.isDirectory() === true && found.uid === uid && (found.mode & 0o077) === 0;
}

function baseDirectory(value: string | undefined, home: string, fallback: string): string {
  // The specification says that a relative path is invalid and must be ignored.
  return value !== undefined && isAbsolute(value) ? value : join(home, fallback);
}
