// A host whose disk is full: a second engine on a small file system, filled for real, first wholly, then in the middle.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { ensureBaseImage } from '../../scripts/lib/base-image.mjs';
import { onHost, scriptOnHost } from '../lab/faults.ts';
import type { LabHost } from '../lab/lab-hosts.ts';
import { BuiltOcc } from './built-occ.ts';
import { labEntry } from './fleet.ts';

const lab = inject('lab');
const base = (await ensureBaseImage('bookworm')).reference;
const containerName = 'claims-full';
const socket = '/run/small.sock';

/** Mebibytes: room for the base image, and for some of what is built on it. */
const size = 500;

/** The engine shares the machine's bridge, so that a build has a network. */
const startEngine = `mkdir -p /run/small
mount -t tmpfs -o size=${size}m tmpfs /run/small
echo '{}' >/run/small.json
systemd-run --quiet --unit=occ-small dockerd --config-file /run/small.json --data-root /run/small \
  --exec-root /run/small-exec --pidfile /run/small.pid --host unix://${socket} --bridge docker0 --iptables=false \
  --containerd-namespace occ-small --containerd-plugins-namespace occ-small-plugins
until docker --host unix://${socket} version >/dev/null 2>&1; do
  systemctl is-active --quiet occ-small || { journalctl --unit occ-small >&2; exit 1; }
done
docker save ${base} | docker --host unix://${socket} load --quiet`;

const stopEngine = `systemctl stop occ-small
umount /run/small
rm -rf /run/small /run/small.json /run/small.sock /run/small-exec`;

/** A local socket that leads to the small engine of a lab host, by OpenSSH itself. */
async function forwarded(host: LabHost): Promise<AsyncDisposable & { readonly path: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'occ-full-'));
  const path = join(directory, 'docker.sock');
  const options = ['-F', lab.sshConfigFile, '-o', 'ExitOnForwardFailure=yes', '-N'];
  const ssh = spawn('ssh', [...options, '-L', `${path}:${socket}`, host.name], { stdio: 'ignore' });
  const exited = once(ssh, 'exit');
  while (!existsSync(path)) {
    if (ssh.exitCode !== null) throw new Error('ssh did not forward the socket');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    path,
    async [Symbol.asyncDispose]() {
      ssh.kill();
      await exited;
      await rm(directory, { recursive: true, force: true });
    },
  };
}

describe.each(lab.hosts)('on $name', (host) => {
  const docker = (...argv: string[]) =>
    onHost(host, ['docker', '--host', `unix://${socket}`, ...argv]);
  beforeAll(() => scriptOnHost(host, startEngine));
  afterAll(() => scriptOnHost(host, stopEngine));

  /** Fills the file system up to so many mebibytes; what is written in small blocks takes the rest of the last one. */
  const leave = (mebibytes: number) =>
    scriptOnHost(
      host,
      `rm -f /run/small/filler*
       free=$(df --output=avail --block-size=1M /run/small | tail -n 1)
       head -c $((free - ${mebibytes}))M /dev/zero >/run/small/filler || true
       [ ${mebibytes} -gt 0 ] || cat /dev/zero >/run/small/filler-rest || true`,
    );

  async function refuses(occ: BuiltOcc, name: string): Promise<void> {
    await occ.refuses(['--host', name, 'start'], {
      exit: 1,
      code: 'docker.no-space',
      host: name,
      message:
        /Could not build image opencode-cloud:\S+?[:,][^]*(no space left|enough free space)/i,
      hint: /Make room on the host: "docker system df"/,
    });
    expect(await docker('ps', '--all', '--quiet')).toBe('');
    expect(await docker('volume', 'ls', '--quiet')).toBe('');
    const tags = await docker('image', 'ls', '--format', '{{.Repository}}:{{.Tag}}');
    expect(tags.split('\n').filter((tag) => tag !== '<none>:<none>')).toEqual([base]);
  }

  test.each([0, 150])('with %d MiB left, over SSH', async (mebibytes) => {
    await leave(mebibytes);
    const entry = { docker_socket: socket, container_name: containerName, base_image: base };
    await using occ = await BuiltOcc.of({ [host.name]: labEntry(lab.sshConfigFile, entry) });
    await refuses(occ, host.name);
  });

  test('as the engine of this machine', async () => {
    await leave(0);
    await using socketHere = await forwarded(host);
    const entry = { docker_socket: socketHere.path, container_name: containerName };
    await using occ = await BuiltOcc.of({ local: { ...entry, base_image: base, port: 13_121 } });
    await refuses(occ, 'local');
  });
});
