// Names of sockets of kept connections: what differs in anything that matters gets another name. Pure.
import { createHash } from 'node:crypto';
import type { SshConfig } from '../ssh-config/ssh-config.ts';
import type { SshTarget } from '../ssh/ssh-target.ts';

/** Hexadecimal digits of a name that tell for whom the socket is. */
export const ownerPartLength = 8;

/** What {@link socketName} makes: 33 characters. */
export const socketNamePattern = /^[0-9a-f]{8}-[0-9a-f]{24}$/;

/** A socket, the temporary name that ssh binds first, and what lies beside: pinned keys, what a jump host said, a start. */
export const leftBehindPattern = /^[0-9a-f]{8}-[0-9a-f]{24}(\.[A-Za-z0-9]{3,16})?$/;

/** Environment variables that OpenSSH takes keys and tickets from. */
const variables = [
  'SSH_AUTH_SOCK',
  'SSH_SK_PROVIDER',
  'KRB5CCNAME',
  'KRB5_CONFIG',
  'HOME',
] as const;

/** Everything that decides where a connection leads, who it logs in as, and whom it trusts. */
export interface WarmIdentity {
  readonly target: SshTarget;
  /** How the configuration names it, for a jump host. */
  readonly jump: string | undefined;
  /** After everything was applied. */
  readonly config: SshConfig;
  /** Host keys that alone are accepted. */
  readonly pins: readonly string[];
  /** Holds the known_hosts of occ. */
  readonly stateDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Name of the socket of the jump host on the way. */
  readonly via: string | undefined;
}

/**
 * The name of the socket for a connection. The first part is the same for one host whatever its settings, so that all
 * of its connections can be ended; the second for one configuration alone. It tells nothing to whoever reads it.
 */
export function socketName(identity: WarmIdentity): string {
  const { target, jump, config, pins, stateDir, env, via } = identity;
  const { configFile, identityFile } = target;
  const surroundings = variables.map((name) => env[name] ?? null);
  const parts = [
    config,
    { configFile, identityFile, pins: [...pins].sort(), stateDir, via },
    surroundings,
  ];
  return `${ownerPart(target.host, jump)}-${digest(JSON.stringify(parts)).slice(0, 24)}`;
}

/** The first part of the name: of a host of the inventory, or of a jump host, which all hosts behind it share. */
export function ownerPart(host: string, jump?: string): string {
  const owner = jump === undefined ? ['host', host] : ['jump', jump];
  return digest(JSON.stringify(owner)).slice(0, ownerPartLength);
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
