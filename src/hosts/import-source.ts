// What another tool knows of hosts, before it is decided what goes into the inventory.
import type { PartialSettings } from './inventory-schema.ts';

/** A host as another tool describes it, in the words of the inventory. */
export interface FoundHost {
  /** Its name there. */
  readonly name: string;
  /** What ssh is given; undefined when that is the name. */
  readonly address?: string | undefined;
  readonly groups: readonly string[];
  readonly settings: Pick<
    PartialSettings,
    'ssh_user' | 'ssh_port' | 'ssh_config' | 'identity_file' | 'proxy_jump' | 'docker_socket'
  >;
  /** What is not taken over, each a sentence. */
  readonly remarks: readonly string[];
}

/** A host that cannot be imported. */
export interface SkippedHost {
  readonly name: string;
  readonly reason: string;
}

/** Everything that was found. */
export interface FoundHosts {
  /** File or directory that was read. */
  readonly source: string;
  readonly hosts: readonly FoundHost[];
  readonly skipped: readonly SkippedHost[];
}
