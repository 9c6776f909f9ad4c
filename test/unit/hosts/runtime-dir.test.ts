// Where sockets are kept: only in a directory that nobody else can enter, and only where their paths fit.
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runtimeDirectory } from '../../../src/hosts/state-dir.ts';

const { uid } = userInfo();
const fallback = { path: `/tmp/opencode-cloud-${uid}` };
let base: string;

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'rt-'));
});
afterEach(() => rm(base, { recursive: true, force: true }));

test('is under XDG_RUNTIME_DIR where that is a directory of the user alone', () => {
  expect(runtimeDirectory({ XDG_RUNTIME_DIR: base }, uid)).toEqual({
    path: join(base, 'opencode-cloud'),
  });
});

test('is under /tmp with the user id where the variable is unset, relative, missing or shared', async () => {
  await chmod(base, 0o755);
  const values = [undefined, '', 'run/user/0', join(base, 'missing'), base];
  const found = values.map((value) => runtimeDirectory({ XDG_RUNTIME_DIR: value }, uid));
  expect(found).toEqual(values.map(() => fallback));
});

test('is not in a directory of another user, as sudo leaves it in the environment', () => {
  const other = uid + 1;
  expect(runtimeDirectory({ XDG_RUNTIME_DIR: base }, other)).toEqual({
    path: `/tmp/opencode-cloud-${other}`,
  });
});

test.each([
  ['others can enter it', async (path: string) => mkdir(path).then(() => chmod(path, 0o750))],
  ['it is a file', async (path: string) => writeFile(path, '', { mode: 0o600 })],
  ['it is a link', async (path: string) => symlink(base, path)],
])('is not used when %s', async (_why, make) => {
  await make(join(base, 'opencode-cloud'));
  expect(runtimeDirectory({ XDG_RUNTIME_DIR: base }, uid)).toEqual({
    unusable: expect.stringContaining('chmod 700') as string,
  });
});

test('is not used when the path of a socket in it would be too long, counted in bytes', async () => {
  const long = join(base, 'ü'.repeat(20));
  await mkdir(long, { mode: 0o700 });
  expect(runtimeDirectory({ XDG_RUNTIME_DIR: long }, uid)).toEqual({
    unusable: expect.stringContaining('longer than 52 bytes') as string,
  });
});

test('is not used where files have no owners', () => {
  expect(runtimeDirectory({ XDG_RUNTIME_DIR: base }, -1)).toHaveProperty('unusable');
});
