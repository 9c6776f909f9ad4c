// What a test is told about the lab: real remote machines, each with its own sshd, systemd and Docker Engine.
import type {} from 'vitest';

/** Login names on a lab host. All accept the lab's key. */
export const labUsers = {
  /** In group docker, sudo without a password. */
  ops: 'ops',
  /** Not in group docker, sudo without a password. */
  sudoer: 'sudoer',
  /** Neither. */
  guest: 'guest',
  /** Not in group docker, sudo with {@link typistPassword}. */
  typist: 'typist',
  /** Neither; its DOCKER_HOST, set in .bashrc, names a socket that only it may open. */
  environ: 'environ',
  /** Neither; has a rootless Engine at {@link rootlessSocket}. */
  rootless: 'rootless',
} as const;

/** What sudo asks `typist` for. */
export const typistPassword = 'lab password of typist';

/** Where the rootless Engine of `rootless` listens. It has no network and no images. */
export const rootlessSocket = '/run/user/1500/docker.sock';

/** Where DOCKER_HOST of `environ` points to: the machine's own Engine by another socket. */
export const environSocket = '/run/lab-environ/docker.sock';

/** One remote machine. */
export interface LabHost {
  /** `bookworm-1`, `trixie-1`. */
  readonly name: string;
  readonly kind: 'bookworm' | 'trixie';
  readonly address: '127.0.0.1';
  readonly port: number;
  /** Owner-only private key that every lab user accepts. */
  readonly identityFile: string;
  /** `SHA256:…` of its ed25519 host key, as `ssh-keygen -l` prints it. */
  readonly hostKeyFingerprint: string;
  /** The container that plays the machine, on the operator's engine. */
  readonly containerId: string;
}

/** The whole lab. */
export interface Lab {
  readonly hosts: readonly LabHost[];
  /** known_hosts file that holds every host's key as `[127.0.0.1]:port`. */
  readonly knownHostsFile: string;
  /** OpenSSH client configuration with an entry per host name (user ops, IdentitiesOnly), for `ssh -F`. */
  readonly sshConfigFile: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    /** Read it with `inject('lab')`. */
    lab: Lab;
  }
}
