// 10,000 generated files, each looked up for a name, by occ and by ssh-keygen: the same lines, markers and keys.
//
// `ssh-keygen -l -F` reads lines as ssh does. Without `-l` it does not look at the keys, so that it finds damaged lines
// that ssh skips. It never tries the name without the port, and does not lower the case of a name: ssh does both itself.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { matchesHosts } from '../../../src/transport/host-keys/known-hosts-match.ts';
import { parseKnownHosts } from '../../../src/transport/host-keys/known-hosts.ts';
import { fingerprintOf } from '../../../src/transport/host-keys/ssh-fingerprint.ts';
import { fileFor, wantedNames, type KeyText } from './known-hosts-lines.ts';

const execute = promisify(execFile);

/** Lines are judged one by one, so that ssh-keygen can be shown many files of one name laid end to end. */
const batches = 1000;
const filesPerBatch = 10;
const atOnce = 3;

interface Found {
  readonly line: number;
  readonly marker: string;
  readonly fingerprint: string;
}

let directory: string;
let keys: KeyText[];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'occ-oracle-'));
  keys = await Promise.all(
    ['ed25519', 'ed25519', 'ecdsa', 'rsa'].map(async (type, index) => {
      const file = join(directory, `key-${index}`);
      await execute('ssh-keygen', ['-q', '-t', type, '-N', '', '-f', file]);
      const [label = '', base64 = ''] = (await readFile(`${file}.pub`, 'utf8')).split(' ');
      return { type: label, base64 };
    }),
  );
});
afterAll(() => rm(directory, { recursive: true }));

test('occ and ssh-keygen find the same lines', { timeout: 240_000 }, async () => {
  const seed = Number(process.env['OCC_TEST_SEED'] ?? Date.now() % 2 ** 31);
  const batch = fc.constantFrom(...wantedNames).chain((name) =>
    fc.record({
      name: fc.constant(name),
      files: fc.array(fileFor(name, keys), { minLength: filesPerBatch, maxLength: filesPerBatch }),
    }),
  );
  const samples = fc.sample(batch, { numRuns: batches, seed });
  const markers = new Map<string, number>();
  const next = samples.entries();
  const worker = async (): Promise<void> => {
    for (const [index, { name, files }] of next) {
      const text = `${files.join('\n')}\n`;
      const found = await askKeygen(name, text, join(directory, `known-${index}`));
      expect({ seed, name, text, found: ownFind(name, text) }).toEqual({ seed, name, text, found });
      for (const { marker } of found) markers.set(marker, (markers.get(marker) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  // A comparison of nothing with nothing would pass as well.
  expect(samples.flatMap(({ files }) => files)).toHaveLength(batches * filesPerBatch);
  for (const marker of ['', 'CA', 'REVOKED']) {
    expect(markers.get(marker), `lines with the marker "${marker}", seed ${seed}`).toBeGreaterThan(
      100,
    );
  }
});

function ownFind(name: string, text: string): Found[] {
  const said = { none: '', 'cert-authority': 'CA', revoked: 'REVOKED' };
  return parseKnownHosts(text, 'known_hosts')
    .filter(({ hosts }) => matchesHosts(hosts, name))
    .map(({ line, marker, key }) => ({
      line,
      marker: said[marker],
      fingerprint: fingerprintOf(key),
    }));
}

async function askKeygen(name: string, text: string, file: string): Promise<Found[]> {
  await writeFile(file, text);
  let said = '';
  try {
    said = (await execute('ssh-keygen', ['-l', '-F', name, '-f', file])).stdout;
  } catch (error) {
    const { code, stdout, stderr } = error as { code?: number; stdout: string; stderr: string };
    // 1 and nothing said: nothing found.
    if (code !== 1 || stdout !== '' || stderr !== '') throw error;
  }
  await rm(file);
  const pattern = /^# Host .* found: line (\d+) (CA|REVOKED|)\n.*?(SHA256:\S+)/gm;
  return [...said.matchAll(pattern)].map(([, line, marker = '', fingerprint = '']) => ({
    line: Number(line),
    marker,
    fingerprint,
  }));
}
