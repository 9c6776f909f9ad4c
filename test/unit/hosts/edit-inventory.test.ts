// Edits change what they are asked to and nothing else: comments, order, modes, links, other people's edits.
import { execFile } from 'node:child_process';
import { chmod, lstat, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { InventoryError, LockedError, UsageError } from '../../../src/errors.ts';
import { withFileLock } from '../../../src/file-lock.ts';
import type { InventoryEdit } from '../../../src/hosts/inventory.ts';
import { loadInventory } from '../../../src/hosts/load-inventory.ts';
import { tempDirectory } from './temp-dir.ts';

async function inDirectory(text?: string) {
  const directory = await tempDirectory();
  const file = join(directory, 'inventory.yaml');
  if (text !== undefined) await writeFile(file, text);
  const load = () => loadInventory({ file, env: {}, cwd: directory, home: directory });
  return { directory, file, load, read: () => readFile(file, 'utf8') };
}

async function edited(text: string, change: (edit: InventoryEdit) => void): Promise<string> {
  const { load, read } = await inDirectory(text);
  await (await load()).edit(change);
  return read();
}

const mode = async (path: string) => (await stat(path)).mode & 0o777;

const commented = `# The fleet of the office.
version: 1 # file format

# Where commands go.
default_host: web-1

defaults:
  # not 3000: taken
  port: 4000 # web UI

groups:
  web: { port: 80 }

hosts:
  # the first
  web-1: # rented
    address: web-1.example.com # by name
    groups: [web]
  db-1:

  # the second
  web-2:
    address: "192.0.2.2"

# the end
`;

describe('an edit keeps everything else, byte for byte', () => {
  const cases: [string, (edit: InventoryEdit) => void, (text: string) => string][] = [
    [
      'changing a value',
      (edit) => edit.set('defaults', 'port', 5000),
      (text) => text.replace('4000 #', '5000 #'),
    ],
    [
      'changing a quoted text',
      (edit) => edit.set({ host: 'web-2' }, 'address', 'two.example.com'),
      (text) => text.replace('"192.0.2.2"', '"two.example.com"'),
    ],
    [
      'adding a key',
      (edit) => edit.set({ host: 'web-2' }, 'ssh_user', 'ops'),
      (text) => text.replace('"192.0.2.2"\n', '"192.0.2.2"\n    ssh_user: ops\n'),
    ],
    [
      'adding a key to a host without any',
      (edit) => edit.set({ host: 'db-1' }, 'ssh_port', 2222),
      (text) => text.replace('  db-1:\n', '  db-1:\n    ssh_port: 2222\n'),
    ],
    [
      'adding a key to a map in braces',
      (edit) => edit.set({ group: 'web' }, 'ssh_user', 'ops'),
      (text) => text.replace('{ port: 80 }', '{ port: 80, ssh_user: ops }'),
    ],
    [
      'adding a group',
      (edit) => edit.set({ group: 'db' }, 'port', 81),
      (text) => text.replace('{ port: 80 }\n', '{ port: 80 }\n  db:\n    port: 81\n'),
    ],
    [
      'replacing a list',
      (edit) => edit.set({ host: 'web-1' }, 'groups', []),
      (text) => text.replace('groups: [web]', 'groups: []'),
    ],
    [
      'taking a key away, with the comment on it',
      (edit) => edit.unset({ host: 'web-1' }, 'address'),
      (text) => text.replace('    address: web-1.example.com # by name\n', ''),
    ],
    [
      'removing a host, with the comment above it',
      (edit) => edit.removeHost('web-2'),
      (text) => text.replace('\n  # the second\n  web-2:\n    address: "192.0.2.2"\n', ''),
    ],
    [
      'another default host',
      (edit) => edit.setDefaultHost('db-1'),
      (text) => text.replace('default_host: web-1', 'default_host: db-1'),
    ],
  ];

  it.each(cases)('%s', async (_, change, expected) => {
    const wanted = expected(commented);
    expect(wanted).not.toBe(commented);
    expect(await edited(commented, change)).toBe(wanted);
  });

  it('in its own style: indentation by four, lists at the column of their key, CRLF', async () => {
    const text =
      'version: 1\ngroups:\n    a:\n        port: 1\nhosts:\n    x:\n        groups:\n        - a\n';
    const change = (edit: InventoryEdit) => edit.set({ host: 'x' }, 'port', 2);
    expect(await edited(text, change)).toBe(`${text}        port: 2\n`);
    const windows = text.replaceAll('\n', '\r\n');
    expect(await edited(windows, change)).toBe(`${windows}        port: 2\r\n`);
  });

  it('with anchors: a host that is an alias follows it still', async () => {
    const text = 'version: 1\nhosts:\n  a: &base { port: 1 }\n  b: *base\n';
    expect(await edited(text, (edit) => edit.set({ host: 'b' }, 'ssh_user', 'u'))).toBe(
      'version: 1\nhosts:\n  a: &base { port: 1 }\n  b:\n    <<: *base\n    ssh_user: u\n',
    );
  });

  it('and settings that are commented out', async () => {
    const text = 'version: 1\ndefaults:\n  # port: 80\n';
    const outcome = await edited(text, (edit) => edit.set('defaults', 'port', 81));
    expect(outcome).toContain('# port: 80\n');
    expect(outcome).toContain('  port: 81\n');
  });
});

describe('an edit', () => {
  it('creates the file with a header, owner-only, and its directory', async () => {
    const home = await tempDirectory();
    const inventory = await loadInventory({ env: {}, cwd: home, home });
    const after = await inventory.edit((edit) => {
      edit.addGroup('web');
      edit.addHost('web-1', { address: 'web-1.example.com', groups: ['web'], port: 8080 });
      edit.setDefaultHost('web-1');
      edit.set('defaults', 'ssh_user', 'ops');
    });
    const file = join(home, '.config/opencode-cloud/inventory.yaml');
    expect(after).toMatchObject({ file, exists: true, hostNames: ['web-1'] });
    expect(await readFile(file, 'utf8'))
      .toBe(`# Hosts that occ manages, and their settings. Passwords do not belong here.
# Every key: docs/inventory.md. Changes by hand and by "occ host" and "occ config" live together.

version: 1
default_host: web-1

defaults:
  ssh_user: ops

groups:
  web: {}

hosts:
  web-1:
    address: web-1.example.com
    groups: [web]
    port: 8080
`);
    expect(await mode(file)).toBe(0o600);
    expect(await mode(join(home, '.config/opencode-cloud'))).toBe(0o700);
    expect(await readdir(join(home, '.config/opencode-cloud'))).toEqual(['inventory.yaml']);
  });

  it('tightens the modes of the file and of occ’s own directory, not of any other', async () => {
    const home = await tempDirectory();
    const own = join(home, '.config/opencode-cloud');
    await mkdir(own, { recursive: true });
    await chmod(own, 0o755);
    await writeFile(join(own, 'inventory.yaml'), 'version: 1\n', { mode: 0o644 });
    await (await loadInventory({ env: {}, cwd: home, home })).edit((edit) => edit.addHost('a', {}));
    expect(await mode(own)).toBe(0o700);
    expect(await mode(join(own, 'inventory.yaml'))).toBe(0o600);

    const { directory, file, load } = await inDirectory('version: 1\n');
    await chmod(directory, 0o755);
    await chmod(file, 0o644);
    await (await load()).edit((edit) => edit.addHost('a', {}));
    expect(await mode(directory)).toBe(0o755);
    expect(await mode(file)).toBe(0o600);
  });

  it('that changes nothing writes nothing', async () => {
    const text = 'version:   1\nhosts: { a: {port: 1},   b: }\n';
    const { file, load } = await inDirectory(text);
    const before = await stat(file, { bigint: true });
    await (
      await load()
    ).edit((edit) => {
      edit.set({ host: 'a' }, 'port', 1);
      edit.unset({ host: 'a' }, 'address');
      edit.unset({ group: 'none' }, 'port');
    });
    const after = await stat(file, { bigint: true });
    expect([after.ino, after.mtimeNs]).toEqual([before.ino, before.mtimeNs]);
    const { load: loadNone, directory } = await inDirectory();
    await (await loadNone()).edit((edit) => edit.unset('defaults', 'port'));
    expect(await readdir(directory)).toEqual([]);
  });

  it('whose outcome is invalid leaves the file alone and says what is wrong', async () => {
    const { load, read, directory } = await inDirectory(commented);
    const inventory = await load();
    const edit = inventory.edit((changes) => changes.set({ host: 'web-1' }, 'groups', ['wbe']));
    const error: unknown = await edit.catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(InventoryError);
    expect(error).toMatchObject({
      hint: 'The file was not changed',
      problems: [
        { key: 'hosts.web-1.groups[0]', message: expect.stringContaining('web?') as string },
      ],
    });
    expect(await read()).toBe(commented);
    expect(await readdir(directory)).toEqual(['inventory.yaml']);
  });

  it('refuses a host that is there, or is not', async () => {
    const { load } = await inDirectory(commented);
    const inventory = await load();
    await expect(inventory.edit((edit) => edit.addHost('web-1', {}))).rejects.toThrow(
      new UsageError('There is a host web-1 already'),
    );
    await expect(inventory.edit((edit) => edit.removeHost('web-3'))).rejects.toMatchObject({
      message: 'There is no host web-3',
      hint: 'Did you mean web-1 or web-2?',
    });
  });

  it('that removes the default host takes the default away', async () => {
    const outcome = await edited(commented, (edit) => edit.removeHost('web-1'));
    expect(outcome).not.toContain('default_host');
    expect(outcome).toContain('  db-1:\n');
  });

  it('keeps a link a link', async () => {
    const { directory, file, read } = await inDirectory('version: 1\n');
    const link = join(directory, 'link.yaml');
    await symlink('inventory.yaml', link);
    const inventory = await loadInventory({ file: link, env: {}, cwd: '/', home: '/' });
    await inventory.edit((edit) => edit.addHost('a', { port: 1 }));
    expect((await lstat(link)).isSymbolicLink()).toBe(true);
    expect((await lstat(file)).isFile()).toBe(true);
    expect(await read()).toBe('version: 1\n\nhosts:\n  a:\n    port: 1\n');
  });

  it('does not lose an edit that was made since the inventory was loaded', async () => {
    const { load } = await inDirectory('version: 1\n');
    const [first, second] = [await load(), await load()];
    await first.edit((edit) => edit.addHost('a', {}));
    expect((await second.edit((edit) => edit.addHost('b', {}))).hostNames).toEqual(['a', 'b']);
  });
});

describe('the lock', () => {
  it('lets the edits of two processes both survive', async () => {
    const { file, load } = await inDirectory('version: 1\n');
    const script = new URL('./edit-once.ts', import.meta.url).pathname;
    const runs = ['left', 'right'].map((prefix) =>
      promisify(execFile)('node', ['--import', 'tsx', script, file, prefix, '20']),
    );
    await Promise.all(runs);
    const { hostNames } = await load();
    expect(hostNames).toHaveLength(40);
    for (const prefix of ['left', 'right']) {
      const own = hostNames.filter((name) => name.startsWith(prefix));
      expect(own).toEqual(Array.from({ length: 20 }, (_, index) => `${prefix}-${index + 1}`));
    }
  }, 60_000);

  it('names its holder when it is not given back', async () => {
    const { file } = await inDirectory('version: 1\n');
    const error: unknown = await withFileLock(file, () =>
      withFileLock(file, () => Promise.resolve('inner'), 100).catch((cause: unknown) => cause),
    );
    expect(error).toBeInstanceOf(LockedError);
    expect(error).toMatchObject({
      message: `${file} is being changed by process ${process.pid} on ${hostname()}`,
      hint: `Try again when it has ended. If no occ is running there, remove ${file}.lock`,
    });
  });

  it('is taken over from a process of this machine that has died, not of another one', async () => {
    const { file, directory } = await inDirectory('version: 1\n');
    const dead = await deadProcess();
    await writeFile(`${file}.lock`, JSON.stringify({ pid: dead, hostname: hostname() }));
    expect(await withFileLock(file, () => Promise.resolve('taken'), 0)).toBe('taken');
    expect(await readdir(directory)).toEqual(['inventory.yaml']);

    await writeFile(`${file}.lock`, JSON.stringify({ pid: dead, hostname: 'elsewhere' }));
    const waiting = withFileLock(file, () => Promise.resolve('taken'), 100);
    await expect(waiting).rejects.toThrow(`by process ${dead} on elsewhere`);
  });

  it('is given back when the work fails', async () => {
    const { file, directory } = await inDirectory('version: 1\n');
    const work = () => Promise.reject(new Error('no'));
    await expect(withFileLock(file, work)).rejects.toThrow('no');
    expect(await readdir(directory)).toEqual(['inventory.yaml']);
  });
});

/** The id of a process that has ended. */
async function deadProcess(): Promise<number> {
  const { stdout } = await promisify(execFile)('sh', ['-c', 'echo $$']);
  return Number(stdout);
}
