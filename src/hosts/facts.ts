// What a host is. Probed once per run with one command; the parser is pure.

/** Facts of a host. */
export interface HostFacts {
  /** `uname -s` in lower case: `linux`, `darwin`. */
  readonly os: string;
  /** `PRETTY_NAME` of os-release(5), where there is one. */
  readonly osName: string | undefined;
  /** `uname -m`: `x86_64`, `aarch64`. */
  readonly arch: string;
  readonly user: string;
  readonly uid: number;
  /** Name of process 1: `systemd`, `init`, `launchd`, … */
  readonly init: string;
  /** 2 is the unified hierarchy; undefined where there are no cgroups. */
  readonly cgroupVersion: 1 | 2 | undefined;
}
