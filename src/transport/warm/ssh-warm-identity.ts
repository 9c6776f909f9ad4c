// Which socket the kept connection of a server has, and those of the jump hosts on the way to it.
import { lstat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { resolveSshConfig, type SshConfig } from '../ssh-config/ssh-config.ts';
import { hopBefore, type Hop } from '../ssh/ssh-hops.ts';
import type { SshOptions } from '../ssh/ssh-target.ts';
import { longestMasterPath } from '../mux/mux-socket.ts';
import { makePrivateDirectory } from './ssh-warm-directory.ts';
import { socketName } from './ssh-warm-name.ts';

/** A server on the way whose configuration is known, and so its socket. */
export interface KnownHop extends Hop {
  readonly config: SshConfig;
  /** Name of its socket in the runtime directory. */
  readonly socket: string;
  /** The jump host in front of it. */
  readonly via: KnownHop | undefined;
}

/**
 * Finds the sockets of a server and of its jump hosts, each by its whole configuration. This asks for the configuration of
 * the jump hosts, and connects to nothing.
 * @throws ConnectError `config`; the signal's reason
 */
export async function knownHop(
  hop: Hop & { readonly config: SshConfig },
  options: SshOptions,
  signal: AbortSignal,
): Promise<KnownHop> {
  const via = await knownJump(hop, options, signal);
  const { target, jump, config } = hop;
  const { stateDir, env } = options;
  const pins = target.pinnedHostKeys ?? [];
  const identity = { target, jump, config, pins, stateDir, env, via: via?.socket };
  return { ...hop, via, socket: socketName(identity) };
}

async function knownJump(
  hop: Hop & { readonly config: SshConfig },
  options: SshOptions,
  signal: AbortSignal,
): Promise<KnownHop | undefined> {
  const jump = hopBefore(hop, hop.config, options);
  if (jump === undefined) return undefined;
  const config = await resolveSshConfig(jump.target, { ...options, signal });
  return knownHop({ ...jump, config }, options, signal);
}

/** Path of a server's socket; undefined where no connections are kept. */
export function socketPath(
  { socket, target }: KnownHop,
  { runtimeDir }: SshOptions,
): string | undefined {
  const keeps = runtimeDir !== undefined && (target.warmSeconds ?? 0) > 0;
  return keeps ? join(runtimeDir, socket) : undefined;
}

/** The path where a master can stay; undefined where none is kept, or somebody else's work would be ended for it. */
export async function freePath(hop: KnownHop, options: SshOptions): Promise<string | undefined> {
  const path = socketPath(hop, options);
  if (path === undefined || Buffer.byteLength(path) > longestMasterPath) return undefined;
  if (!(await makePrivateDirectory(dirname(path)))) return undefined;
  const found = await lstat(path).catch(() => undefined);
  return found === undefined ? path : undefined;
}
