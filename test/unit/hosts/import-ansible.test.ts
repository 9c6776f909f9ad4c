// Ansible inventories, read by occ and by Ansible itself: the fixtures are what `ansible-inventory --list` (2.14) says.
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { foundHostOf } from '../../../src/hosts/import-ansible-host.ts';
import { readAnsibleIni } from '../../../src/hosts/import-ansible-ini.ts';
import {
  expandRanges,
  splitPort,
  type AnsibleHost,
} from '../../../src/hosts/import-ansible-tree.ts';
import { readAnsibleYaml } from '../../../src/hosts/import-ansible-yaml.ts';
import { shellWords } from '../../../src/hosts/import-words.ts';

const fixtures = new URL('../../fixtures/import/', import.meta.url);

/** What `ansible-inventory --list` prints: groups, and the variables of each host. */
interface Listed {
  readonly _meta: {
    readonly hostvars: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  };
  readonly [group: string]: {
    readonly hosts?: readonly string[];
    readonly children?: readonly string[];
  } & object;
}

async function ours(name: string): Promise<AnsibleHost[]> {
  const text = await readFile(new URL(name, fixtures), 'utf8');
  const { tree, problems } =
    extname(name) === '.ini' ? readAnsibleIni(text) : readAnsibleYaml(text);
  expect(problems).toEqual([]);
  return tree.hosts();
}

function groupsOf(listed: Listed, host: string): string[] {
  const found = new Set<string>();
  const add = (name: string): void => {
    if (found.has(name) || name === 'all' || name === 'ungrouped') return;
    found.add(name);
    for (const [parent, group] of Object.entries(listed))
      if (group.children?.includes(name)) add(parent);
  };
  for (const [name, group] of Object.entries(listed)) if (group.hosts?.includes(host)) add(name);
  return [...found].sort();
}

test.each(['ansible-web.ini', 'ansible-web.yml', 'ansible-edges.ini', 'ansible-edges.yaml'])(
  '%s: the hosts, groups and variables that Ansible sees',
  async (name) => {
    const listed = JSON.parse(await readFile(new URL(`${name}.json`, fixtures), 'utf8')) as Listed;
    const hosts = await ours(name);
    expect(hosts.map((host) => host.name).sort()).toEqual(
      Object.keys(listed._meta.hostvars).sort(),
    );
    for (const host of hosts) {
      expect([...host.groups].sort(), host.name).toEqual(groupsOf(listed, host.name));
      // Only texts and numbers say how a host is reached.
      const known = Object.entries(listed._meta.hostvars[host.name] ?? {})
        .filter(([, value]) => typeof value === 'string' || typeof value === 'number')
        .map(([key, value]) => [key, String(value)]);
      expect(host.variables, host.name).toMatchObject(Object.fromEntries(known));
    }
  },
);

describe('what is wrong is said with its line', () => {
  test('INI', () => {
    const text = '[web]\nok\n[web:vars]\nnonsense\n[web:what]\n[a b]\nx y\n"open\nz[3:1]\n';
    const { problems } = readAnsibleIni(text);
    expect(problems.map(({ line }) => line)).toEqual([4, 5, 6, 7, 8, 9]);
  });

  test('YAML', () => {
    expect(readAnsibleYaml('all:\n  hosts:\n    a\n').problems).toMatchObject([
      { line: 3, key: 'all.hosts' },
    ]);
    expect(readAnsibleYaml('all:\n  hosts: {a: }\n b: c\n').problems[0]).toMatchObject({ line: 3 });
    expect(readAnsibleYaml('- a\n').problems).toHaveLength(1);
    expect(readAnsibleYaml('all: {hosts: {"a[9:1]": }}\n').problems).toHaveLength(1);
  });

  test('aliases without end', () => {
    expect(readAnsibleYaml('a: &a\n  children:\n    b: *a\n').problems).toHaveLength(1);
  });

  test('groups that contain each other', () => {
    const { tree } = readAnsibleIni('[a:children]\nb\n[b:children]\na\n');
    expect(() => tree.hosts()).toThrow('contains itself');
  });
});

test.each([
  ['web', ['web']],
  ['w[1:3]', ['w1', 'w2', 'w3']],
  ['w[08:10].x', ['w08.x', 'w09.x', 'w10.x']],
  ['[a:c]-[1:2]', ['a-1', 'a-2', 'b-1', 'b-2', 'c-1', 'c-2']],
  ['w[0:9:4]', ['w0', 'w4', 'w8']],
  ['w[:2]', ['w0', 'w1', 'w2']],
])('%s stands for %j', (pattern, names) => {
  expect(expandRanges(pattern)).toEqual(names);
});

test.each(['w[3:1]', 'w[a:1]', 'w[1:99999999]', 'w[1:3:0]', 'w[1:500]x[1:500]'])(
  '%s is refused',
  (pattern) => {
    expect(() => expandRanges(pattern)).toThrow();
  },
);

test.each([
  ['web:2222', { name: 'web', port: '2222' }],
  ['w[1:3]:22', { name: 'w[1:3]', port: '22' }],
  ['[2001:db8::1]:22', { name: '2001:db8::1', port: '22' }],
  ['2001:db8::1', { name: '2001:db8::1' }],
  ['w[1:3]', { name: 'w[1:3]' }],
])('the port of %s', (pattern, split) => {
  expect(splitPort(pattern)).toEqual(split);
});

test('words are those of a shell', () => {
  expect(shellWords(`a 'b c' "d \\" e" f\\ g h'i'"j" '' #k`, { comments: true })).toEqual([
    'a',
    'b c',
    'd " e',
    'f g',
    'hij',
    '',
  ]);
  expect(() => shellWords(`a 'b`)).toThrow('not closed');
});

describe('how a host is reached', () => {
  const host = (variables: Record<string, string>) =>
    foundHostOf({ name: 'w', groups: ['web'], variables });

  test('address, port, user and key', () => {
    expect(
      host({
        ansible_host: '192.0.2.1',
        ansible_port: '2222',
        ansible_user: 'ops',
        ansible_ssh_private_key_file: '~/.ssh/k',
      }),
    ).toMatchObject({
      address: '192.0.2.1',
      settings: { ssh_port: 2222, ssh_user: 'ops', identity_file: '~/.ssh/k' },
      remarks: [],
    });
  });

  test.each([
    ['-J a,b@c:22', 'a,b@c:22'],
    ['-o ProxyJump=a', 'a'],
    ['-oProxyJump=a', 'a'],
    ["-o 'ProxyJump a'", 'a'],
    ['-o ProxyCommand="ssh -W %h:%p -q ops@bastion -p 2222"', 'ops@bastion:2222'],
    ["-o ProxyCommand='ssh -l ops -W [%h]:%p bastion'", 'ops@bastion'],
  ])('jump hosts: %s', (text, jump) => {
    expect(host({ ansible_ssh_common_args: text })).toMatchObject({
      settings: { proxy_jump: jump },
      remarks: [],
    });
  });

  test.each([
    ['-o ProxyCommand="nc -X connect %h %p"', 'ProxyCommand'],
    ['-o ProxyCommand="ssh -i key -W %h:%p b"', 'ProxyCommand'],
    ['-o StrictHostKeyChecking=no', 'StrictHostKeyChecking'],
    ['-vv', '-vv'],
  ])('%s is not taken over, and told', (text, told) => {
    expect(host({ ansible_ssh_extra_args: text })).toMatchObject({
      settings: {},
      remarks: [expect.stringContaining(told)],
    });
  });

  test.each([
    [{ ansible_connection: 'local' }, 'this machine'],
    [{ ansible_connection: 'winrm' }, 'winrm'],
    [{ ansible_host: '{{ x }}' }, '{{ x }}'],
    [{ ansible_port: '99999' }, 'not a port'],
  ])('%j is left out', (variables, reason) => {
    expect(host(variables)).toMatchObject({ reason: expect.stringContaining(reason) as string });
  });

  test('a password is told and never taken', () => {
    const found = host({ ansible_password: 'hunter2' });
    expect(found).toMatchObject({ remarks: [expect.stringContaining('ansible_password')] });
    expect(JSON.stringify(found)).not.toContain('hunter2');
  });
});

describe('numbers as YAML 1.1 writes them', () => {
  /** What PyYAML, by which Ansible reads, makes of them. */
  test.each([
    ['022', '18'],
    ['0o22', '0o22'],
    ['08', '08'],
    ['0x16', '22'],
    ['0b10110', '22'],
    ['2_2', '22'],
    ['+22', '22'],
    ['22:30', '1350'],
    ['-1:00', '-60'],
    ['0', '0'],
    ["'022'", '022'],
    ['"22:30"', '22:30'],
    ['99999999999999999999', '99999999999999999999'],
  ])('%s is %s', (written, expected) => {
    const { tree } = readAnsibleYaml(`all: {hosts: {a: {ansible_port: ${written}}}}`);
    expect(tree.hosts()[0]?.variables['ansible_port']).toBe(expected);
  });
});

test('a configuration file of -F is taken over, and the preview says so', () => {
  const variables = { ansible_ssh_args: '-F ./lab.conf -o ProxyJump=gate' };
  expect(foundHostOf({ name: 'a', groups: [], variables })).toMatchObject({
    settings: { ssh_config: './lab.conf', proxy_jump: 'gate' },
    remarks: [
      '-F ./lab.conf of ansible_ssh_args becomes ssh_config: ssh reads that file, and runs what it names',
    ],
  });
});
