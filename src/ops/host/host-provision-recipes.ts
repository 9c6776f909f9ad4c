// How each family of distributions installs and starts a Docker Engine: lists of commands, pure.
import { UnsupportedError } from '../../errors.ts';
import type { Machine } from './host-provision-machine.ts';

/** A program and its arguments, run as root. */
export type RootCommand = readonly string[];

/** What makes a machine have a Docker Engine. */
export interface Recipe {
  readonly install: readonly RootCommand[];
  /** Starts the engine now and at every boot. */
  readonly start: readonly RootCommand[];
  /** Lets a user use it. */
  readonly addUser: (user: string) => RootCommand;
}

/** What the user decides. */
export interface RecipeOptions {
  /** Whether Docker's own package repository may be added where the distribution has no engine. */
  readonly dockerRepository: boolean;
}

type Family = 'debian' | 'fedora' | 'amazon' | 'rhel' | 'alpine' | 'arch';

/** Distributions by the ID of os-release(5); others by ID_LIKE. */
const families: Readonly<Record<string, Family>> = {
  debian: 'debian',
  ubuntu: 'debian',
  fedora: 'fedora',
  amzn: 'amazon',
  rhel: 'rhel',
  centos: 'rhel',
  rocky: 'rhel',
  almalinux: 'rhel',
  ol: 'rhel',
  alpine: 'alpine',
  arch: 'arch',
};

const packageManagers: Readonly<Record<Family, string>> = {
  debian: 'apt-get',
  fedora: 'dnf',
  amazon: 'dnf',
  rhel: 'dnf',
  alpine: 'apk',
  arch: 'pacman',
};

/** Where to read on, for what is not in the list. */
const manual = 'https://docs.docker.com/engine/install/';

/**
 * The commands for a machine. Packages are the distribution's own.
 * @param host - inventory name, for errors
 * @throws UnsupportedError for an unknown distribution, one without its package manager, and one without an engine
 */
export function recipeFor(machine: Machine, host: string, options: RecipeOptions): Recipe {
  const family = familyOf(machine, host);
  const manager = packageManagers[family];
  if (!machine.programs.includes(manager) && !machine.programs.includes('dockerd')) {
    throw new UnsupportedError(
      `${machine.release.name} has no ${manager}, so nothing is installed`,
      {
        host,
        hint: `Install a Docker Engine by hand: ${manual}`,
      },
    );
  }
  const installed = machine.programs.includes('dockerd');
  return {
    install: installed ? [] : installers[family](machine, host, options),
    start: startersOf(machine),
    addUser: (user) =>
      family === 'alpine' ? ['addgroup', user, 'docker'] : ['usermod', '-aG', 'docker', user],
  };
}

function familyOf({ kernel, release }: Machine, host: string): Family {
  const names = [release.id, ...release.idLike];
  const known = names.find((name) => Object.hasOwn(families, name));
  const family = known === undefined ? undefined : families[known];
  if (kernel === 'Linux' && family) return family;
  const name = kernel === 'Linux' ? release.name : kernel;
  throw new UnsupportedError(`occ does not know how to install a Docker Engine on ${name}`, {
    host,
    hint: `Install it by hand: ${manual}`,
  });
}

type Installer = (machine: Machine, host: string, options: RecipeOptions) => readonly RootCommand[];

const installers: Readonly<Record<Family, Installer>> = {
  debian: ({ release }) => {
    // Seconds to wait for another apt, which may be the nightly one.
    const wait = ['-o', 'DPkg::Lock::Timeout=60'];
    const packages = hasSeparateClient(release) ? ['docker.io', 'docker-cli'] : ['docker.io'];
    const quiet = ['env', 'DEBIAN_FRONTEND=noninteractive'];
    return [
      ['apt-get', ...wait, 'update'],
      [...quiet, 'apt-get', ...wait, 'install', '--yes', ...packages],
    ];
  },
  fedora: () => [['dnf', '--assumeyes', 'install', 'moby-engine']],
  amazon: () => [['dnf', '--assumeyes', 'install', 'docker']],
  rhel: ({ release }, host, { dockerRepository }) => {
    if (!dockerRepository) {
      throw new UnsupportedError(`${release.name} has no Docker Engine among its own packages`, {
        host,
        hint: 'To add the package repository of Docker, Inc. (download.docker.com) and install from there: repeat with --docker-repository',
      });
    }
    const product = release.id === 'rhel' ? 'rhel' : 'centos';
    const repository = `https://download.docker.com/linux/${product}/docker-ce.repo`;
    return [
      ['dnf', '--assumeyes', 'install', 'dnf-plugins-core'],
      ['dnf', 'config-manager', '--add-repo', repository],
      ['dnf', '--assumeyes', 'install', 'docker-ce', 'docker-ce-cli', 'containerd.io'],
    ];
  },
  alpine: () => [['apk', 'add', '--update-cache', 'docker']],
  arch: () => [['pacman', '--sync', '--noconfirm', '--needed', 'docker']],
};

/** Since Debian 13 the docker command is a package of its own; a release without a number is newer than all. */
function hasSeparateClient({ id, versionId }: Machine['release']): boolean {
  return id === 'debian' && (versionId === '' || Number(versionId) >= 13);
}

function startersOf({ init }: Machine): readonly RootCommand[] {
  if (init === 'systemd') return [['systemctl', 'enable', '--now', 'docker.service']];
  if (init === 'openrc') {
    return [
      ['rc-update', 'add', 'docker', 'default'],
      ['rc-service', '--ifnotstarted', 'docker', 'start'],
    ];
  }
  return [['service', 'docker', 'start']];
}
