// `npm run bench`: measures occ beside OpenSSH's own client and prints Markdown. `--write` puts it into docs/benchmarks.md.
import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { cpus, platform, release } from 'node:os';
import { markAlone } from '../src/cli/garbage-collection.ts';
import { inTurns, spread, table } from './figures.ts';
import { startDelayProxy } from './delay-proxy.ts';
import { occFleet, sshFleet } from './fleet.ts';
import { latency } from './latency.ts';
import { cipher, openPlace, type Place } from './place.ts';
import { occDownload, occUpload, sshDownload, sshUpload } from './throughput.ts';

const mebibyte = 1024 * 1024;
const marker = '<!-- figures -->';

/** Amounts that each direction carries, by the milliseconds of a round trip. */
const loads = [
  { roundTripMs: 0, megabytes: 512, runs: 7 },
  { roundTripMs: 50, megabytes: 128, runs: 3 },
];
const distances = [0, 50, 100];
const fleetSize = 64;

// As the program does, before anything else.
markAlone(process.versions.node);

async function throughputRows(place: Place): Promise<string[][]> {
  const rows: string[][] = [];
  for (const { roundTripMs, megabytes, runs } of loads) {
    const bytes = megabytes * mebibyte;
    // Straight where there is nothing to delay: the proxy would be the slowest part.
    const proxy = roundTripMs > 0 ? await startDelayProxy(place.port, roundTripMs) : undefined;
    const port = proxy?.port ?? place.port;
    const transport = await place.connect(port);
    const what = (direction: string) => `${direction}, ${megabytes} MiB, ${roundTripMs} ms`;
    const down = await inTurns(
      runs,
      () => sshDownload(place, port, bytes),
      () => occDownload(transport, bytes),
    );
    const up = await inTurns(
      runs,
      () => sshUpload(place, port, bytes),
      () => occUpload(transport, bytes),
    );
    for (const [name, { a, b, ratio }] of Object.entries({ Download: down, Upload: up })) {
      rows.push([what(name), String(runs), spread(a), spread(b), spread(ratio, 2)]);
    }
    await transport.close();
    await proxy?.close();
  }
  return rows;
}

async function latencyRows(place: Place): Promise<string[][]> {
  const rows = new Map<string, string[]>();
  for (const roundTripMs of distances) {
    for (const { way, milliseconds, turns } of await latency(place, roundTripMs, 3)) {
      const row = rows.get(way) ?? [way];
      row.push(spread(milliseconds), spread(turns));
      rows.set(way, row);
    }
  }
  return [...rows.values()];
}

async function fleetRows(place: Place): Promise<string[][]> {
  const { a, b, ratio } = await inTurns(
    3,
    () => sshFleet(place, fleetSize),
    () => occFleet(place, fleetSize),
  );
  return [[String(fleetSize), '3', spread(a), spread(b), spread(ratio, 2)]];
}

function machine(): string {
  const ssh = execFileSync('sh', ['-c', 'ssh -V 2>&1'], { encoding: 'utf8' }).trim();
  const { version } = createRequire(import.meta.url)('ssh2/package.json') as { version: string };
  const date = new Date().toISOString().slice(0, 10);
  const processors = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`;
  return `${date}; ${processors}; ${platform()} ${release().split('-')[0]}; Node.js ${process.version}; ssh2 ${version}${hasBinding() ? ' with' : ' without'} its native binding; ${ssh}; ${cipher}.`;
}

/** npm builds it where it finds a compiler. occ needs none. */
function hasBinding(): boolean {
  try {
    createRequire(import.meta.url)('ssh2/lib/protocol/crypto/build/Release/sshcrypto.node');
    return true;
  } catch {
    return false;
  }
}

async function report(place: Place): Promise<string> {
  const throughput = table(
    ['What', 'Runs', '`ssh`, MB/s', 'occ, MB/s', 'occ ÷ ssh'],
    await throughputRows(place),
  );
  const heads = distances.flatMap((roundTrip) => [`${roundTrip} ms: time, ms`, 'turns']);
  const times = table(['One command', ...heads], await latencyRows(place));
  const fleet = table(
    ['Hosts', 'Runs', '`ssh`, ms', 'occ, ms', 'occ ÷ ssh'],
    await fleetRows(place),
  );
  return [
    machine(),
    '### Throughput',
    throughput,
    '### Cold and warm',
    times,
    '### Many hosts',
    fleet,
  ].join('\n\n');
}

const place = await openPlace();
try {
  const text = await report(place);
  process.stdout.write(`${text}\n`);
  if (process.argv.includes('--write')) {
    const file = new URL('../docs/benchmarks.md', import.meta.url);
    const [before = ''] = (await readFile(file, 'utf8')).split(marker);
    await writeFile(file, `${before}${marker}\n\n${text}\n`);
  }
} finally {
  await place.close();
}
