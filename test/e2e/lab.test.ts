// The lab itself: its machines are what the other tests take them for, and its faults do what they say.
import { describe, expect, inject, test } from 'vitest';
import { attempt, run } from '../../scripts/lib/run.mjs';
import {
  connectionsCut,
  engineStopped,
  frozen,
  packetsDropped,
  sshdStopped,
} from '../lab/faults.ts';
import { labUsers } from '../lab/lab-hosts.ts';
import type { LabHost } from '../lab/lab-hosts.ts';

const lab = inject('lab');

const ssh = (host: LabHost, user: string, ...command: string[]): string[] => [
  'ssh',
  ...['-F', lab.sshConfigFile, '-o', 'BatchMode=yes', '-o', 'ConnectTimeout=3', '-l', user],
  ...[host.name, ...command],
];

test('it has an older and a newer machine', () => {
  expect(lab.hosts.map((host) => host.kind)).toEqual(
    expect.arrayContaining(['bookworm', 'trixie']),
  );
});

describe.each(lab.hosts)('$name', (host) => {
  test('shows the host key that the lab says', async () => {
    const { stdout } = await attempt([
      'ssh-keyscan',
      '-p',
      String(host.port),
      '-t',
      'ed25519',
      host.address,
    ]);
    const listed = await run(['ssh-keygen', '-l', '-E', 'sha256', '-f', '-'], { input: stdout });
    expect(listed).toContain(host.hostKeyFingerprint);
  });

  test('runs containers on an engine of its own', async () => {
    const container = ['docker', 'run', '--rm', 'debian:bookworm-slim', 'echo', 'from inside'];
    expect(await run(ssh(host, labUsers.ops, ...container))).toBe('from inside');
    const format = ['--format', '{{.ID}}'];
    const inside = await run(
      ssh(host, labUsers.ops, 'docker', 'info', ...format.map((word) => `'${word}'`)),
    );
    expect(inside).not.toBe(await run(['docker', 'info', ...format]));
  });

  test('uses the image store of its generation', async () => {
    const info = await run(ssh(host, labUsers.ops, 'docker', 'info', '--format', "'{{.Driver}}'"));
    expect(info).toBe(host.kind === 'trixie' ? 'overlayfs' : 'overlay2');
  });

  test.each([
    [labUsers.ops, true, true],
    [labUsers.sudoer, false, true],
    [labUsers.guest, false, false],
  ])('%s: Docker %s, sudo %s', async (user, docker, sudo) => {
    const asked = await attempt(ssh(host, user, 'docker', 'version'));
    const became = await attempt(ssh(host, user, 'sudo', '-n', 'true'));
    expect({ docker: asked.code === 0, sudo: became.code === 0 }).toEqual({ docker, sudo });
  });

  test.each([
    ['refused', sshdStopped, 'Connection refused|Connection reset|kex_exchange_identification'],
    ['silent when packets are dropped', packetsDropped, 'timed out'],
    ['silent when frozen', frozen, 'timed out'],
  ])('is %s, and then as before', async (_, fault, said) => {
    {
      await using broken = await fault(host);
      expect(broken).toBeDefined();
      const outcome = await attempt(ssh(host, labUsers.ops, 'true'));
      expect(outcome).toMatchObject({ code: 255, stderr: expect.stringMatching(said) as string });
    }
    expect(await attempt(ssh(host, labUsers.ops, 'true'))).toMatchObject({ code: 0 });
  });

  test('loses its engine, and gets it back', async () => {
    {
      await using broken = await engineStopped(host);
      expect(broken).toBeDefined();
      const outcome = await attempt(ssh(host, labUsers.ops, 'docker', 'version'));
      expect(outcome.code).not.toBe(0);
    }
    expect(await attempt(ssh(host, labUsers.ops, 'docker', 'version'))).toMatchObject({ code: 0 });
  });

  test('loses a login in the middle of a command', async () => {
    const command = attempt(ssh(host, labUsers.ops, 'echo started; sleep 300'));
    await attempt(ssh(host, labUsers.ops, 'until pgrep -x sleep >/dev/null; do :; done'));
    await connectionsCut(host);
    expect(await command).toMatchObject({ code: 255, stdout: 'started\n' });
    expect(await attempt(ssh(host, labUsers.ops, 'true'))).toMatchObject({ code: 0 });
  });
});
