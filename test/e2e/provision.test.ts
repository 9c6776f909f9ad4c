// occ host provision on a real Debian machine from which Docker was purged, by a user who types a password for sudo.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run } from '../../scripts/lib/run.mjs';
import { Person } from '../contract/sshd-client.ts';
import { bringUp, takeDown } from '../lab/lab.ts';
import { labUsers, typistPassword, type Lab } from '../lab/lab-hosts.ts';
import { ownedByThisProcess } from '../lab/ownership.ts';
import { openHost } from '../../src/hosts/open-host.ts';
import { failureOf, Fleet, labEntry, only, type RunOverrides } from './fleet.ts';

const set = `provision-${process.pid}`;

// What apt recommends beside the engine is a matter of the machine's own configuration, and takes minutes.
const purge = `systemctl stop docker.socket docker.service containerd.service
DEBIAN_FRONTEND=noninteractive dpkg --purge docker.io containerd runc
rm -f /var/run/docker.sock
echo 'APT::Install-Recommends "false";' >/etc/apt/apt.conf.d/90-no-recommends`;

describe('a Debian machine without Docker', () => {
  let lab: Lab;
  let fleet: Fleet;
  const inside = (script: string) =>
    run(['docker', 'exec', lab.hosts[0]?.containerId ?? '', 'sh', '-c', script]);

  beforeAll(async () => {
    const machines = [{ name: 'no-docker', kind: 'bookworm' as const }];
    lab = await bringUp({ set, machines, owner: ownedByThisProcess() });
    await inside(purge);
    const user = (name: string) =>
      labEntry(lab.sshConfigFile, { address: 'no-docker', ssh_user: name });
    fleet = await Fleet.of({ typist: user(labUsers.typist), guest: user(labUsers.guest) });
  });
  /** The person answers the operation's questions and those of sudo. */
  async function answeredBy(person: Person): Promise<RunOverrides> {
    const inventory = await fleet.inventory();
    return {
      prompter: person,
      openHost: (name, other = inventory, signal) =>
        openHost(other, name, { ...fleet.hostOptions(signal), prompter: person }),
    };
  }

  afterAll(async () => {
    await takeDown(set);
  });

  const commands = [
    'sudo apt-get -o DPkg::Lock::Timeout=60 update',
    'sudo env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=60 install --yes docker.io',
    'sudo systemctl enable --now docker.service',
    'sudo usermod -aG docker typist',
  ];

  test('is shown what would be done, and nobody is asked for a password', async () => {
    const input = { add_user: true };
    const { report } = await fleet.run('host.provision', ['typist'], input, { dryRun: true });
    const [outcome] = report.outcomes;
    expect(outcome).toMatchObject({
      ok: true,
      value: { plan: [...commands, 'ask the Docker Engine for its version'] },
    });
  });

  test('is left as it is without a yes', async () => {
    const nobody = fleet.run('host.provision', ['typist']);
    await expect(nobody).rejects.toThrow(/no terminal to confirm/);
    const person = new Person(false);
    const { report } = await fleet.run('host.provision', ['typist'], {}, { prompter: person });
    expect(report.declined).toBe(true);
    expect(person.questions[0]).toContain(`  - ${commands[1] ?? ''}`);
  });

  test('is left as it is when nobody knows the password', async () => {
    for (const name of ['typist', 'guest']) {
      const ran = await fleet.run('host.provision', [name], {}, { yes: true });
      expect(failureOf(ran, name).error).toMatchObject({
        code: 'root.no-password',
        hint: expect.stringContaining(`${name} ALL=(ALL) NOPASSWD: ALL`) as string,
      });
    }
    expect(await inside('command -v dockerd || echo none')).toBe('none');
  });

  test('gets an engine that answers, and its user the group', async () => {
    const person = new Person(true, typistPassword);
    const ran = await fleet.run(
      'host.provision',
      ['typist'],
      { add_user: true },
      await answeredBy(person),
    );
    expect(only(ran)).toMatchObject({
      changed: true,
      value: {
        user: 'typist',
        addedToGroup: true,
        docker: expect.stringMatching(/^20\.10/) as string,
      },
    });
    expect(person.questions.at(-1)).toBe('sudo password of typist on typist:');
    const details = ran.events.flatMap((event) =>
      event.type === 'progress' ? [event.detail] : [],
    );
    expect(details.some((line) => line?.startsWith('Setting up docker.io'))).toBe(true);
    expect(await inside('systemctl is-enabled docker.service')).toBe('enabled');
  });

  test('is then nothing to do, without a question: the new login is in the group', async () => {
    const again = await fleet.run('host.provision', ['typist']);
    expect(only(again)).toMatchObject({ changed: false });
    await using host = await fleet.open('typist');
    await host.engine();
    expect((await host.engineWay()).way.asRoot).toBe(false);
  });
});
