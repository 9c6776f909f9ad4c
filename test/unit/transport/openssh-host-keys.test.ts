// What a master of OpenSSH is told of host keys: which files hold them, and for which hosts it may take a new one unasked.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { hostKeyName } from '../../../src/transport/host-keys/known-hosts.ts';
import {
  hostKeyOptions,
  type HostKeyTrust,
} from '../../../src/transport/openssh/openssh-host-keys.ts';

const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'occ-host-keys-'));
});
afterEach(() => rm(directory, { recursive: true }));

type Strict = HostKeyTrust['config']['strictHostKeyChecking'];

test.each<[configured: Strict, known: string, given: string]>([
  ['accept-new', '', 'accept-new'],
  ['no', '', 'accept-new'],
  ['accept-new', `other ${key}`, 'accept-new'],
  // ssh would take a key of another type for a host that is known by this one.
  ['accept-new', `[foo.ex]:2222 ${key}`, 'yes'],
  ['no', `[foo.ex]:2222 ${key}`, 'yes'],
  // ssh looks at the bare name only for a key that is the same.
  ['accept-new', `foo.ex ${key}`, 'accept-new'],
  ['ask', `[foo.ex]:2222 ${key}`, 'ask'],
  ['yes', '', 'yes'],
])('StrictHostKeyChecking %s, with “%s” known, becomes %s', async (configured, known, given) => {
  const file = join(directory, 'known_hosts');
  await writeFile(file, `${known}\n`);
  const options = await optionsFor(configured, [file]);
  expect(options).toContain(`StrictHostKeyChecking=${given}`);
});

test.each<Strict>(['accept-new', 'no', 'ask'])(
  'StrictHostKeyChecking %s becomes yes with `UserKnownHostsFile none`: ssh would learn no key',
  async (configured) => {
    expect(await optionsFor(configured, [])).toContain('StrictHostKeyChecking=yes');
  },
);

test('known_hosts files reach ssh by their names, whatever those hold', async () => {
  const files = ['a b', 'a"b', "a'b", 'a\\b', 'a\\"b', '100%h', '#a'].map((name) =>
    join(directory, name),
  );
  const options = await optionsFor('yes', files);
  const argv = options.flatMap((option) => ['-o', option]);
  const { stdout } = await promisify(execFile)('ssh', [
    '-T',
    '-G',
    '-F',
    'none',
    ...argv,
    'foo.ex',
  ]);
  const own = join(directory, 'state', 'known_hosts');
  expect(stdout).toContain(`\nuserknownhostsfile ${[own, ...files].join(' ')}\n`);
});

function optionsFor(strict: Strict, userKnownHostsFiles: readonly string[]): Promise<string[]> {
  return hostKeyOptions({
    target: { host: 'web-1' },
    config: {
      userKnownHostsFiles,
      globalKnownHostsFiles: [],
      strictHostKeyChecking: strict,
      hostKeyAlgorithms: [],
      keyName: hostKeyName('foo.ex', 2222),
    },
    stateDir: join(directory, 'state'),
    pinFile: join(directory, 'pins'),
    version: { major: 9, minor: 2 },
  });
}
