// A container that plays a machine: systemd as process 1 and a Docker Engine inside. Adds what testcontainers cannot set.
import { GenericContainer, Wait } from 'testcontainers';

/** How a machine is made. */
export interface MachineOptions {
  readonly image: string;
  readonly name: string;
  readonly labels: Record<string, string>;
  /** Port on the operator's loopback that leads to sshd. */
  readonly sshPort: number;
  /** Arguments of process 1. */
  readonly initArgs: readonly string[];
  /** Path in the machine → content and mode. */
  readonly files: readonly { target: string; content: string; mode: number }[];
  /** Directory of the operator, seen read-only as /lab. */
  readonly share: string;
  /** Comes back when the operator's engine is restarted. */
  readonly keep: boolean;
}

/** Seconds that a machine may take to boot. Two cores that build images at the same time are slow. */
const bootSeconds = 180;

/** A remote machine, not yet started. */
export class MachineContainer extends GenericContainer {
  constructor(options: MachineOptions) {
    super(options.image);
    this.withHostname(options.name)
      .withLabels(options.labels)
      .withCommand(['/lib/systemd/systemd', ...options.initArgs])
      .withCopyContentToContainer([...options.files])
      .withTmpFs({ '/run': 'exec', '/run/lock': '' })
      .withBindMounts([
        { source: '/sys/fs/cgroup', target: '/sys/fs/cgroup', mode: 'rw' },
        { source: options.share, target: '/lab', mode: 'ro' },
      ])
      // Not privileged: that asks for SYS_RESOURCE, which a machine that is itself confined lacks.
      .withAddedCapabilities('ALL')
      .withDroppedCapabilities('SYS_RESOURCE')
      .withSecurityOpt('seccomp=unconfined', 'apparmor=unconfined')
      .withWaitStrategy(Wait.forSuccessfulCommand('lab-ready'))
      .withStartupTimeout(bootSeconds * 1000)
      .withAutoCleanup(false)
      .withAutoRemove(false);
    this.confineLess();
    this.publish(options.sshPort);
    if (options.keep) this.hostConfig.RestartPolicy = { Name: 'unless-stopped' };
  }

  /** What an engine and a service manager inside need, and testcontainers has no setters for. */
  private confineLess(): void {
    // Docker Engine API 1.41; the types do not know it.
    Object.assign(this.hostConfig, { CgroupnsMode: 'host' });
    this.hostConfig.MaskedPaths = [];
    this.hostConfig.ReadonlyPaths = [];
    this.hostConfig.DeviceCgroupRules = ['a *:* rwm'];
  }

  /** On loopback only, and on a port that is the same after a restart. testcontainers would open a random one to all. */
  private publish(port: number): void {
    this.createOpts.ExposedPorts = { '22/tcp': {} };
    this.hostConfig.PortBindings = { '22/tcp': [{ HostIp: '127.0.0.1', HostPort: String(port) }] };
  }
}
