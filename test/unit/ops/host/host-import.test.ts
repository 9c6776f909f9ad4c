// host.import on real files: an ssh configuration, Ansible inventories, docker contexts, and a real inventory.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { openHost } from '../../../../src/hosts/open-host.ts';
import { operation as hostImport } from '../../../../src/ops/host/host-import.ts';
import { realInventory, runOn } from '../config/real-inventory.ts';
import { scriptedPrompter } from '../user/scripted-prompter.ts';

const fleet = `version: 1
groups:
  web: {}
hosts:
  # the first one
  web-1: { address: ops@192.0.2.1, groups: [web] }
`;

let directory: string;
const agree = () => ({ prompter: scriptedPrompter({ confirms: [true] }) });

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'occ-import-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
});

async function file(name: string, text: string): Promise<string> {
  const path = join(directory, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
  return path;
}

function sshConfig(): Promise<string> {
  return file(
    'config',
    `Host web-1 web-2 *.example !x
  HostName %h.internal
Host "db-1" local git@bad
Include ${directory}/more/*.conf
Match host other
`,
  );
}

describe('ssh', () => {
  test('takes the names of the file and of what it includes, and leaves the meaning to ssh', async () => {
    const config = await sshConfig();
    await file('more/a.conf', 'Host web-3\n  Port 22\n');
    const inventory = await realInventory(fleet);
    const { result, changed } = await runOn(inventory, hostImport, { file: config }, agree());
    expect(changed).toBe(true);
    expect(result.added.map(({ name }) => name)).toEqual(['web-2', 'db-1', 'web-3']);
    expect(result.present).toMatchObject([{ name: 'web-1' }]);
    expect(result.skipped.map(({ name }) => name)).toEqual(['local', 'git@bad']);
    const { data } = await inventory.load();
    expect(data.hosts?.['web-2']).toEqual({ ssh_config: config });
    expect(data.hosts?.['web-1']).toEqual({ address: 'ops@192.0.2.1', groups: ['web'] });
    expect(await inventory.text()).toContain('# the first one');
  });

  test('the same again is nothing to do, and asks nobody', async () => {
    const config = await sshConfig();
    const inventory = await realInventory(fleet);
    await runOn(inventory, hostImport, { file: config }, agree());
    const before = await inventory.text();
    const again = await runOn(inventory, hostImport, { file: config });
    expect(again.changed).toBe(false);
    expect(again.result.added).toEqual([]);
    expect(await inventory.text()).toBe(before);
  });

  test('patterns choose, and groups are added', async () => {
    const config = await sshConfig();
    const inventory = await realInventory();
    const input = { file: config, pattern: ['web-*', '!web-2'], group: ['fleet'] };
    const { result } = await runOn(inventory, hostImport, input, agree());
    expect(result.added).toMatchObject([{ name: 'web-1', entry: { groups: ['fleet'] } }]);
    expect((await inventory.load()).groupNames).toEqual(['fleet']);
  });
});

describe('the preview', () => {
  test('a dry run lists each host and writes nothing', async () => {
    const inventory = await realInventory(fleet);
    const hosts = await file(
      'hosts.ini',
      'web-9 ansible_host=192.0.2.9 ansible_port=2222\n[gpu]\nweb-9\n',
    );
    const input = { from: 'ansible', file: hosts } as const;
    const { plan } = await runOn(inventory, hostImport, input, { dryRun: true });
    expect(plan).toEqual([
      `add a host to ${inventory.file}`,
      'web-9 (address 192.0.2.9, ssh_port 2222, groups gpu)',
    ]);
    expect(await inventory.text()).toBe(fleet);
  });

  test('is shown before it is asked; a no changes nothing', async () => {
    const inventory = await realInventory(fleet);
    const prompter = scriptedPrompter({ confirms: [false] });
    const config = await sshConfig();
    const { report } = await runOn(inventory, hostImport, { file: config }, { prompter });
    expect(report.declined).toBe(true);
    expect(prompter.asked.join('\n')).toContain(`- web-2 (ssh_config ${config})`);
    expect(await inventory.text()).toBe(fleet);
  });

  test('without a terminal it needs --yes', async () => {
    const inventory = await realInventory(fleet);
    const run = runOn(inventory, hostImport, { file: await sshConfig() });
    await expect(run).rejects.toMatchObject({
      code: 'usage',
      hint: expect.stringContaining('--yes') as string,
    });
    expect(await inventory.text()).toBe(fleet);
  });
});

describe('ansible', () => {
  test('takes over groups and how hosts are reached, and tells what it leaves out', async () => {
    const hosts = await file(
      'hosts.yml',
      `all:
  vars: { ansible_user: deploy }
  children:
    web:
      hosts:
        web-[1:2]: { ansible_ssh_common_args: -J bastion -o StrictHostKeyChecking=no }
        "odd name": { ansible_host: 192.0.2.7 }
        here: { ansible_connection: local }
    "big group": { children: { web: } }
`,
    );
    const inventory = await realInventory(fleet);
    const input = { from: 'ansible', file: hosts } as const;
    const { result, events } = await runOn(inventory, hostImport, input, agree());
    expect(result.added).toMatchObject([
      {
        name: 'web-2',
        entry: { ssh_user: 'deploy', proxy_jump: 'bastion', groups: ['big-group', 'web'] },
      },
      { name: 'odd-name', entry: { address: '192.0.2.7' } },
    ]);
    expect(result.present).toEqual([
      {
        name: 'web-1',
        differences: [
          'ssh_user is not set, not deploy',
          'proxy_jump is not set, not bastion',
          'it is not in group big-group',
        ],
      },
    ]);
    expect(result.skipped.map(({ name }) => name)).toEqual(['here']);
    const notices = events.flatMap((event) => (event.type === 'notice' ? [event.message] : []));
    expect(notices.join('\n')).toMatch(
      /here is left out[^]*web-1 is left as it is[^]*StrictHostKey/,
    );
    expect((await inventory.load()).membersOf('big-group')).toEqual(['web-2', 'odd-name']);
  });

  test('a malformed file is refused with its lines, and nothing is written', async () => {
    const hosts = await file('hosts.yaml', 'web:\n  hosts:\n    a: {\n');
    const inventory = await realInventory(fleet);
    const run = runOn(inventory, hostImport, { from: 'ansible', file: hosts });
    await expect(run).rejects.toMatchObject({
      code: 'inventory',
      message: expect.stringMatching(/hosts\.yaml:\d+:\d+: /) as string,
      hint: expect.stringContaining('ansible-inventory') as string,
    });
    expect(await inventory.text()).toBe(fleet);
  });

  test('a program is not run', async () => {
    const hosts = await file('hosts', '#!/bin/sh\necho {}\n');
    const run = runOn(await realInventory(), hostImport, { from: 'ansible', file: hosts });
    await expect(run).rejects.toMatchObject({
      hint: expect.stringContaining('--list --yaml') as string,
    });
  });
});

describe('docker', () => {
  const context = (name: string, host: string) =>
    file(
      `contexts/meta/${name}/meta.json`,
      JSON.stringify({ Name: name, Metadata: {}, Endpoints: { docker: { Host: host } } }),
    );

  test('takes over contexts that go over SSH', async () => {
    await context('far', 'ssh://ops@192.0.2.4:2222');
    await context('rootless', 'ssh://ops@192.0.2.5/run/user/1000/docker.sock');
    await context('near', 'unix:///var/run/docker.sock');
    await file('contexts/meta/broken/meta.json', '{');
    const inventory = await realInventory();
    const input = { from: 'docker', file: directory } as const;
    const { result } = await runOn(inventory, hostImport, input, agree());
    expect(result.added).toMatchObject([
      { name: 'far', entry: { address: 'ops@192.0.2.4:2222' } },
      {
        name: 'rootless',
        entry: { address: 'ops@192.0.2.5', docker_socket: '/run/user/1000/docker.sock' },
      },
    ]);
    expect(result.skipped.map(({ name }) => name)).toEqual(['broken', 'near']);
  });

  test('are found where DOCKER_CONFIG says', async () => {
    await context('far', 'ssh://ops@192.0.2.4');
    const inventory = await realInventory();
    const env = { ...process.env, DOCKER_CONFIG: directory };
    const options = { prompter: scriptedPrompter({}), stateDir: directory, env };
    const loaded = await inventory.load();
    const { result } = await runOn(
      inventory,
      hostImport,
      { from: 'docker' },
      { ...agree(), openHost: (name) => openHost(loaded, name, options) },
    );
    expect(result.added).toMatchObject([{ name: 'far' }]);
    expect(result.source).toBe(join(directory, 'contexts', 'meta'));
  });

  test('no contexts are nothing to do; no directory is a mistake', async () => {
    const inventory = await realInventory();
    const { changed } = await runOn(inventory, hostImport, { from: 'docker', file: directory });
    expect(changed).toBe(false);
    const run = runOn(inventory, hostImport, { from: 'docker', file: join(directory, 'no') });
    await expect(run).rejects.toMatchObject({ code: 'usage', hint: 'Name it with --file' });
  });
});

test.each(['ssh', 'ansible'] as const)(
  '%s: a file that is not there, or is a directory',
  async (from) => {
    const inventory = await realInventory(fleet);
    const missing = runOn(inventory, hostImport, { from, file: join(directory, 'no') });
    await expect(missing).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('does not exist') as string,
    });
    const other = runOn(inventory, hostImport, { from, file: directory });
    await expect(other).rejects.toMatchObject({ message: `${directory} is a directory` });
  },
);

test('a pattern that matches nothing is told, with the names that there are', async () => {
  const inventory = await realInventory(fleet);
  const run = runOn(inventory, hostImport, { file: await sshConfig(), pattern: ['wbe-*'] });
  await expect(run).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringContaining('matches "wbe-*"') as string,
    hint: expect.stringContaining('web-2') as string,
  });
});
