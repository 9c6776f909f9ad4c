// The commands for every family of distributions, from their os-release files, shortened. Only Debian is run for real.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { UnsupportedError } from '../../../../src/errors.ts';
import { parseMachine, type Machine } from '../../../../src/ops/host/host-provision-machine.ts';
import { recipeFor } from '../../../../src/ops/host/host-provision-recipes.ts';
import { hintFor } from '../../../../src/ops/host/host-provision-run.ts';

const directory = new URL('../../../fixtures/os-release/', import.meta.url);

interface Given {
  readonly programs: string;
  readonly init?: string;
}

async function machineOf(release: string, { programs, init = 'systemd' }: Given): Promise<Machine> {
  const file = await readFile(fileURLToPath(new URL(release, directory)), 'utf8');
  const lines = [
    'kernel=Linux\nuid=1000\nuser=ops\ngroups=ops sudo',
    ...(init === '' ? [] : [`init=${init}`]),
    ...programs.split(' ').map((program) => `program=${program}`),
    'os-release',
    file,
  ];
  return parseMachine({
    stdout: Buffer.from(lines.join('\n')),
    stderr: Buffer.alloc(0),
    exitCode: 0,
  });
}

const plain = { dockerRepository: false };

async function commandsFor(release: string, given: Given, options = plain): Promise<string[]> {
  const { install, start } = recipeFor(await machineOf(release, given), 'web-1', options);
  return [...install, ...start].map((argv) => argv.join(' '));
}

const apt = 'env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=60 install --yes';
const update = 'apt-get -o DPkg::Lock::Timeout=60 update';
const systemd = 'systemctl enable --now docker.service';

describe('an engine is installed', () => {
  it.each<[string, string, string[]]>([
    ['debian-12', 'apt-get', [update, `${apt} docker.io`, systemd]],
    ['debian-13', 'apt-get', [update, `${apt} docker.io docker-cli`, systemd]],
    ['debian-sid', 'apt-get', [update, `${apt} docker.io docker-cli`, systemd]],
    ['ubuntu-24.04', 'apt-get', [update, `${apt} docker.io`, systemd]],
    ['linuxmint-22', 'apt-get', [update, `${apt} docker.io`, systemd]],
    ['fedora-41', 'dnf', ['dnf --assumeyes install moby-engine', systemd]],
    ['amazon-2023', 'dnf', ['dnf --assumeyes install docker', systemd]],
    ['arch', 'pacman', ['pacman --sync --noconfirm --needed docker', systemd]],
  ])('on %s', async (release, programs, commands) => {
    expect(await commandsFor(release, { programs })).toEqual(commands);
  });

  it('on Alpine, and started by OpenRC', async () => {
    const given = { programs: 'apk', init: 'openrc' };
    expect(await commandsFor('alpine-3.20', given)).toEqual([
      'apk add --update-cache docker',
      'rc-update add docker default',
      'rc-service --ifnotstarted docker start',
    ]);
    const { addUser } = recipeFor(await machineOf('alpine-3.20', given), 'web-1', plain);
    expect(addUser('ops')).toEqual(['addgroup', 'ops', 'docker']);
  });

  it.each([
    ['rocky-9', 'centos'],
    ['almalinux-9', 'centos'],
    ['centos-stream-9', 'centos'],
    ['rhel-9', 'rhel'],
  ])(
    'on %s from the repository of Docker, only when that is asked for',
    async (release, product) => {
      const given = { programs: 'dnf' };
      await expect(commandsFor(release, given)).rejects.toMatchObject({
        code: 'unsupported',
        hint: expect.stringContaining('--docker-repository') as string,
      });
      expect(await commandsFor(release, given, { dockerRepository: true })).toEqual([
        'dnf --assumeyes install dnf-plugins-core',
        `dnf config-manager --add-repo https://download.docker.com/linux/${product}/docker-ce.repo`,
        'dnf --assumeyes install docker-ce docker-ce-cli containerd.io',
        systemd,
      ]);
    },
  );

  it('not again: one that is there is only started', async () => {
    const given = { programs: 'apt-get dockerd', init: '' };
    expect(await commandsFor('debian-12', given)).toEqual(['service docker start']);
  });

  it.each([
    ['opensuse-15', 'dnf', /does not know how to install a Docker Engine on openSUSE Leap 15\.6/],
    ['debian-12', 'dnf', /Debian GNU\/Linux 12 \(bookworm\) has no apt-get/],
  ])('not on %s with %s', async (release, programs, message) => {
    const commands = commandsFor(release, { programs });
    await expect(commands).rejects.toThrow(UnsupportedError);
    await expect(commands).rejects.toThrow(message);
  });

  it('not on another kernel, whatever its os-release says', async () => {
    const linux = await machineOf('debian-12', { programs: 'apt-get' });
    expect(() => recipeFor({ ...linux, kernel: 'Darwin' }, 'web-1', plain)).toThrow(/on Darwin/);
  });
});

describe('what a package manager says', () => {
  it.each<[string, RegExp]>([
    ['E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 812 (apt)', /Wait/],
    ['ERROR: Unable to lock database: Resource temporarily unavailable', /Wait/],
    ["E: dpkg was interrupted, you must manually run 'dpkg --configure -a'", /dpkg --configure/],
    ["E: You don't have enough free space in /var/cache/apt/archives/.", /df -h/],
    ["Temporary failure resolving 'mirror.example.org'", /network/],
    ['Curl error (6): Couldn’t resolve host name for https://mirrors.example', /network/],
    ['E: Unable to locate package docker.io', /lists/],
    ['  docker (no such package):', /community repository/],
    ['error: target not found: docker', /pacman -Syu/],
    ['package containerd.io conflicts with runc', /podman/],
    ['Job for docker.service failed because the control process exited', /journalctl -u docker/],
  ])('is explained: %s', (said, hint) => {
    expect(hintFor(said)).toMatch(hint);
  });

  it('is left alone when it is not known', () => {
    expect(hintFor('Killed')).toBeUndefined();
  });
});
