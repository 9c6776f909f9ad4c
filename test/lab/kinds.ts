// The kinds of remote machine that the lab has: two generations of OpenSSH, Docker Engine and image store.
import type { LabHost } from './lab-hosts.ts';

export type Kind = LabHost['kind'];

/** How one kind differs from the other. */
export interface KindTraits {
  /** Debian release that it is made from. */
  readonly suite: 'bookworm' | 'trixie';
  readonly buildArgs: Readonly<Record<string, string>>;
  /** Arguments of PID 1 where the operator's engine is on cgroup v1. */
  readonly legacyCgroupArgs: readonly string[];
}

export const kinds: Readonly<Record<Kind, KindTraits>> = {
  /** OpenSSH 9.2, systemd 252, Docker 20.10, classic image store. */
  bookworm: { suite: 'bookworm', buildArgs: {}, legacyCgroupArgs: [] },
  /** OpenSSH 10.0, systemd 257, Docker 26.1, containerd image store. */
  trixie: {
    suite: 'trixie',
    buildArgs: {
      EXTRA_PACKAGES: 'docker-cli',
      DOCKER_DAEMON_JSON: '{"features":{"containerd-snapshotter":true}}',
      // Since 9.8 sshd bans an address after failed logins, and here every test comes from the same one.
      SSHD_CONFIG: 'PerSourcePenalties no',
    },
    legacyCgroupArgs: [
      'systemd.unified_cgroup_hierarchy=0',
      'SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1',
    ],
  },
};

/** `bookworm-1, trixie-1, bookworm-2, …`: as many as asked for, alternating. */
export function alternate(count: number, name?: (index: number) => string): MachineRequest[] {
  const order: Kind[] = ['bookworm', 'trixie'];
  return Array.from({ length: count }, (_, index) => {
    const kind = order[index % order.length] ?? 'bookworm';
    return { kind, name: name?.(index) ?? `${kind}-${Math.floor(index / order.length) + 1}` };
  });
}

/** A machine that is to be booted. */
export interface MachineRequest {
  readonly name: string;
  readonly kind: Kind;
}
