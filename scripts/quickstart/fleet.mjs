// Practice hosts: real machines in containers, added to occ the way other machines are.
import { attempt } from '../lib/run.mjs';
import { loadLab } from '../lib/load-lab.mjs';
import { Problem, say, step } from '../lib/say.mjs';
import { printLogin } from './local.mjs';
import { ensureLogin } from './login.mjs';
import { inventoryValue, occ, occJson } from './occ.mjs';
import { localSetting, set } from './settings.mjs';

/** @typedef {import('../../test/lab/lab-hosts.ts').LabHost} LabHost */
/** @typedef {import('./made.mjs').Made} Made */

/** Name of the set of machines, in the lab's words. */
export const fleetSet = 'quickstart';

/**
 * @param {Made} made
 * @param {number} count
 * @param {string} user login for new web users
 */
export async function startFleet(made, count, user) {
  const lab = await loadLab();
  const machines = lab.alternate(count, (index) => `web-${index + 1}`);
  const names = machines.map(({ name }) => name);
  await refuseForeign(made, names);
  const request = { set: fleetSet, machines, owner: lab.ownedByNobody() };
  const { hosts } = await step(`Booting ${count} practice hosts (${names.join(', ')})`, () =>
    lab.ensureUp(request),
  );
  const wanted = hosts.filter(({ name }) => names.includes(name));
  for (const host of wanted) await addHost(made, host);
  await copySettings(made, names);
  await shipImage(wanted);
  await occ('--host', names.join(','), 'start');
  printLogin(await ensureLogin(names, user), names.join(','));
  await occ('status', '--all');
  say(`\nIn a browser: occ open ${names[0] ?? ''}`);
}

/** @param {Made} made @param {readonly string[]} names */
async function refuseForeign(made, names) {
  const known = await addresses();
  const foreign = names.filter((name) => known.has(name) && !made.hosts.includes(name));
  if (foreign.length === 0) return;
  throw new Problem(
    `Your inventory has ${foreign.join(', ')} already, and the practice hosts would have that name.`,
    'Use another inventory for practice: OCC_INVENTORY=practice.yaml npm run quickstart -- --fleet 2',
  );
}

/** @returns {Promise<Map<string, string | null>>} where each host of the inventory is */
export async function addresses() {
  const report = await occJson('host', 'list');
  const { hosts } = /** @type {{ hosts: { name: string, address: string | null }[] }} */ (
    inventoryValue(report)
  );
  return new Map(hosts.map(({ name, address }) => [name, address]));
}

/**
 * The key is trusted by the fingerprint that was noted when it was made, not because it answered first.
 * @param {Made} made
 * @param {LabHost} host
 */
async function addHost(made, { name, address, port, identityFile, hostKeyFingerprint }) {
  made.noteHost(name);
  const destination = `ops@${address}:${port}`;
  const known = (await addresses()).get(name);
  if (known === destination) return;
  // The entry of a practice host that is gone.
  if (known !== undefined) await occ('host', 'remove', name, '--yes');
  const login = ['--address', destination, '--identity-file', identityFile];
  await occ('host', 'add', name, ...login, '--fingerprint', hostKeyFingerprint);
}

/**
 * With the same settings the image is the same, and need not be built on each of them.
 * @param {Made} made
 * @param {readonly string[]} names
 */
async function copySettings(made, names) {
  for (const key of ['base_image', 'extra_ca_file']) {
    const value = await localSetting(key);
    if (value === undefined) continue;
    await set(made, key, value, names.join(','));
  }
}

/** @param {readonly LabHost[]} hosts */
async function shipImage(hosts) {
  const { imagesToPreload, loadImages } = await loadLab();
  const references = await imagesToPreload();
  /** @type {LabHost[]} */
  const lacking = [];
  for (const host of hosts) {
    const present = await Promise.all(references.map((reference) => sameImage(host, reference)));
    if (present.includes(false)) lacking.push(host);
  }
  if (lacking.length === 0) return;
  await step(
    'Bringing the image to the practice hosts (docker save, docker load), instead of building it there',
    () => Promise.all(lacking.map((host) => loadImages(host, references))),
  );
}

/**
 * Ids differ between image stores; labels and the time of making do not.
 * @param {LabHost} host
 * @param {string} reference
 */
async function sameImage(host, reference) {
  const inspect = [
    'docker',
    'image',
    'inspect',
    '--format',
    '{{.Created}} {{json .Config.Labels}}',
    reference,
  ];
  const here = await attempt(inspect);
  const there = await attempt(['docker', 'exec', host.containerId, ...inspect]);
  return there.code === 0 && here.stdout === there.stdout;
}
