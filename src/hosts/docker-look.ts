// Which Docker Engine `ssh HOST docker ps` would use: asked of the host with one command, chosen by a pure function.
import { textOf, type Command, type CommandOutput } from '../transport/command.ts';
import { parseDockerHost, type DockerHostValue, type EngineAddress } from './docker-address.ts';

/** What a look at the host tells of its engines. */
export interface DockerLook {
  /** DOCKER_HOST, else the current docker context when that is not the default one. */
  readonly named: DockerHostValue | undefined;
  /** Sockets at the usual places, in the order in which they are preferred. */
  readonly sockets: readonly { readonly path: string; readonly usable: boolean }[];
}

/** Where an engine listens whom nobody told otherwise. */
export const defaultSocket = '/var/run/docker.sock';

// The places: the system's, rootless Docker, Docker Desktop, Colima. Only docker itself reads its contexts, so it is
// asked, but not started where there can be none.
const script = `
put() { printf '%s=%s\\n' "$1" "$2"; }
if [ -n "\${DOCKER_HOST-}" ]; then
  [ -n "\${DOCKER_TLS_VERIFY-}\${DOCKER_TLS-}" ] && put tls yes
  put source DOCKER_HOST; put host "$DOCKER_HOST"
  exit 0
fi
context=\${DOCKER_CONTEXT-} config=\${DOCKER_CONFIG:-\${HOME-}/.docker}/config.json
if [ -z "$context" ] && [ -r "$config" ]; then
  context=$(sed -n 's/.*"currentContext"[[:space:]]*:[[:space:]]*"\\([^"]*\\)".*/\\1/p' "$config" | head -n 1)
fi
if [ -n "$context" ] && [ "$context" != default ]; then
  found=$(docker context inspect --format '{{len .TLSMaterial}} {{.Endpoints.docker.Host}}' -- "$context" 2>/dev/null)
  if [ -n "\${found#* }" ]; then
    [ "\${found%% *}" = 0 ] || put tls yes
    put source "docker context $context"; put host "\${found#* }"
    exit 0
  fi
fi
try() {
  [ -S "$1" ] || return 0
  if [ -r "$1" ] && [ -w "$1" ]; then put usable "$1"; exit 0; fi
  put closed "$1"
}
try ${defaultSocket}
[ -n "\${XDG_RUNTIME_DIR-}" ] && try "$XDG_RUNTIME_DIR/docker.sock"
try "/run/user/$(id -u)/docker.sock"
[ -n "\${HOME-}" ] || exit 0
try "$HOME/.docker/run/docker.sock"
try "$HOME/.docker/desktop/docker.sock"
try "$HOME/.colima/default/docker.sock"
try "$HOME/.config/colima/default/docker.sock"
exit 0`;

/** Asks which engine docker would use there. */
export function lookForEngine(): Command<DockerLook> {
  return {
    argv: ['sh', '-c', script, 'find-engine'],
    purpose: 'find out which Docker Engine is used there',
    timeoutMs: 30_000,
    parse: parseLook,
  };
}

/** Reads the answer of {@link lookForEngine}. */
export function parseLook(output: CommandOutput): DockerLook {
  const lines = textOf(output).split('\n').map(splitLine);
  const valueOf = (key: string) => lines.find(([name]) => name === key)?.[1];
  const value = valueOf('host');
  const source = valueOf('source') ?? 'DOCKER_HOST';
  const named =
    value === undefined ? undefined : { value, source, tls: valueOf('tls') !== undefined };
  const sockets = lines.flatMap(([key, path]) =>
    key === 'usable' || key === 'closed' ? [{ path, usable: key === 'usable' }] : [],
  );
  return { named, sockets };
}

function splitLine(line: string): [key: string, value: string] {
  const at = line.indexOf('=');
  return [line.slice(0, at), line.slice(at + 1)];
}

/**
 * The engine to use: the one that is named, else the first socket that the user may open, else the first one that is
 * there, which takes root.
 * @throws UnsupportedError when the one that is named cannot be used
 */
export function chooseEngine({ named, sockets }: DockerLook, host: string): EngineAddress {
  if (named) return { endpoint: parseDockerHost(named, host), source: named.source };
  const best = sockets.find(({ usable }) => usable) ?? sockets[0];
  return { endpoint: { path: best?.path ?? defaultSocket }, source: 'default' };
}
