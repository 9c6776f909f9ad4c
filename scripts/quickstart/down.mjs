// `npm run quickstart -- --down`: removes what quickstart made and nothing else, and says what stays.
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheDirectory, stateDirectory } from '../lib/dirs.mjs';
import { requireEngine } from '../lib/ensure-engine.mjs';
import { loadLab } from '../lib/load-lab.mjs';
import { attempt } from '../lib/run.mjs';
import { say } from '../lib/say.mjs';
import { startedEngine, stopEngine } from '../lib/start-engine.mjs';
import { addresses, fleetSet } from './fleet.mjs';
import { lines } from './made.mjs';
import { inventoryValue, occ, occJson } from './occ.mjs';
import { localSetting } from './settings.mjs';

/** @typedef {import('./made.mjs').Made} Made */
/** @typedef {import('./made.mjs').Before} Before */

/** Images that quickstart may make besides occ's own. */
const otherImages = [
  'debian:bookworm-slim',
  'debian:trixie-slim',
  'opencode-cloud-lab:bookworm',
  'opencode-cloud-lab:trixie',
];

/** @param {Made} made @returns {Promise<number>} exit code */
export async function takeDownEverything(made) {
  const { before } = made;
  if (before === undefined) {
    say('Nothing to do: quickstart has made nothing.');
    return 0;
  }
  await requireEngine();
  await removeService(before);
  await removeFleet(made);
  await removeSettings(made);
  await removeInventory(before);
  await removeImages(before);
  for (const name of readdirSync(cacheDirectory())) {
    if (!before.cache.includes(name)) rmSync(join(cacheDirectory(), name), { recursive: true });
  }
  const engine = startedEngine();
  if (engine?.startedBy === 'quickstart') await stopEngine(engine);
  made.forget();
  say(
    '\nRemoved what quickstart had made. Packages that were installed stay, and node_modules and dist/ in this clone.',
  );
  return 0;
}

/** @param {Before} before */
async function removeService(before) {
  const name = (await localSetting('container_name')) ?? 'opencode-cloud';
  if (before.containers.includes(name)) {
    say(`The container ${name} was there before quickstart: it stays.`);
    return;
  }
  await occ('--host', 'local', 'stop', '--remove', '--yes');
  const label = `label=io.opencode-cloud.instance=${name}`;
  const volumes = await lines(['docker', 'volume', 'ls', '--quiet', '--filter', label]);
  for (const volume of volumes.filter((each) => !before.volumes.includes(each))) {
    await remove('volume', volume);
  }
}

/** @param {Made} made */
async function removeFleet(made) {
  const { findLab, takeDown } = await loadLab();
  const lab = await findLab(fleetSet);
  for (const { address, port } of lab?.hosts ?? []) await distrust(`[${address}]:${port}`);
  const count = await takeDown(fleetSet);
  if (count > 0) say(`Removed ${count} practice hosts`);
  const known = await addresses();
  for (const name of made.hosts.filter((each) => known.has(each))) {
    // Ends the connection that is kept to it, too.
    await occ('host', 'remove', name, '--yes');
  }
}

/** Takes the key of a machine that is gone out of occ's own known_hosts. @param {string} name */
async function distrust(name) {
  const file = join(dirname(stateDirectory('quickstart')), 'known_hosts');
  if (!existsSync(file)) return;
  await attempt(['ssh-keygen', '-R', name, '-f', file]);
  rmSync(`${file}.old`, { force: true });
  if (readFileSync(file, 'utf8').trim() === '') rmSync(file);
}

/** A value that somebody has changed since then is theirs. @param {Made} made */
async function removeSettings(made) {
  for (const { host, key, value } of made.settings) {
    if (host !== 'local' || (await localSetting(key)) !== value) continue;
    await occ('--host', 'local', 'config', 'unset', key);
  }
}

/** Only when quickstart made the file and nothing of anybody else's is in it. @param {Before} before */
async function removeInventory(before) {
  const { path } = /** @type {{ path: string }} */ (
    inventoryValue(await occJson('config', 'path'))
  );
  if (before.inventory || !existsSync(path)) return;
  const { parse } = await import('yaml');
  /** @type {unknown} */
  const data = parse(readFileSync(path, 'utf8'), (key, value) =>
    key === 'version' ? null : value,
  );
  if (!isEmpty(data)) say(`${path} stays: it has more in it than quickstart wrote.`);
  else rmSync(path);
}

/** @param {unknown} value @returns {boolean} whether there is nothing in it, at any depth */
function isEmpty(value) {
  if (value === null || value === undefined) return true;
  return typeof value === 'object' && Object.values(value).every(isEmpty);
}

/**
 * Images by their names, and those of occ's that lost their name to a newer one. Layers go with them.
 * @param {Before} before
 */
async function removeImages(before) {
  const listed = ['docker', 'image', 'ls', '--no-trunc', '--quiet'];
  const nameless = [
    '--filter',
    'dangling=true',
    '--filter',
    'label=io.opencode-cloud.instance=image',
  ];
  const queries = [['opencode-cloud'], nameless, ...otherImages.map((reference) => [reference])];
  const found = await Promise.all(queries.map((query) => lines([...listed, ...query])));
  for (const id of new Set(found.flat())) {
    if (!before.images.includes(id)) await remove('image', id);
  }
}

/** @param {'image' | 'volume'} kind @param {string} name */
async function remove(kind, name) {
  const force = kind === 'image' ? ['--force'] : [];
  const { code, stderr } = await attempt(['docker', kind, 'rm', ...force, name]);
  if (code === 0) say(`Removed ${kind} ${name.slice(0, 40)}`);
  else if (!/No such/i.test(stderr)) say(`${kind} ${name.slice(0, 40)} stays: ${stderr.trim()}`);
}
