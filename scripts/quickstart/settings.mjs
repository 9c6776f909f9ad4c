// Settings that this machine needs so that the image can be built: base image, extra certificates, engine socket.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBaseImage, havePulled } from '../lib/base-image.mjs';
import { defaultSocket } from '../lib/engine-address.mjs';
import { repository } from '../lib/dirs.mjs';
import { attempt } from '../lib/run.mjs';
import { Problem, say } from '../lib/say.mjs';
import { inventoryValue, occ, occJson } from './occ.mjs';

/** @typedef {import('./made.mjs').Made} Made */

/**
 * @param {string} key
 * @returns {Promise<string | undefined>} the effective value for this machine
 */
export async function localSetting(key) {
  const report = await occJson('config', 'get', key, '--host', 'local');
  const { hosts } = /** @type {{ hosts: { value: string | number | boolean | null }[] }} */ (
    inventoryValue(report)
  );
  const value = hosts[0]?.value;
  return value === undefined || value === null ? undefined : String(value);
}

/**
 * Sets what is not set. Somebody's own value is never changed.
 * @param {Made} made
 * @param {import('../lib/ensure-engine.mjs').Engine} engine
 */
export async function configureLocal(made, engine) {
  if (engine.socket === undefined) {
    throw new Problem(
      `The engine is at ${engine.dockerHost}; occ reaches the one of this machine by its Unix socket.`,
      'Unset DOCKER_HOST to use the engine of this machine.',
    );
  }
  if (engine.socket !== defaultSocket) await setUnlessEqual(made, 'docker_socket', engine.socket);
  const bundle = await extraCertificates();
  if (bundle !== undefined && (await localSetting('extra_ca_file')) === undefined) {
    say(`TLS certificates of this network: ${bundle} is given to the image as extra_ca_file`);
    await set(made, 'extra_ca_file', bundle);
  }
  if ((await localSetting('base_image')) === undefined) await chooseBaseImage(made);
}

/** @param {Made} made */
async function chooseBaseImage(made) {
  if (await havePulled(defaultBaseImage())) return;
  const { reference } = await ensureBaseImage('bookworm');
  say(`The default base image cannot be pulled here, so base_image is set to ${reference}`);
  await set(made, 'base_image', reference);
}

function defaultBaseImage() {
  const text = readFileSync(join(repository, 'docker/Dockerfile'), 'utf8');
  const reference = /^ARG BASE_IMAGE=(\S+)/m.exec(text)?.[1];
  if (reference === undefined) throw new Problem('docker/Dockerfile names no BASE_IMAGE.');
  return reference;
}

/** Where this user has told Node or npm to find further certificates, they are needed in the image, too. */
async function extraCertificates() {
  const { stdout } = await attempt(['npm', 'config', 'get', 'cafile'], { cwd: repository });
  const named = [process.env['NODE_EXTRA_CA_CERTS'], process.env['SSL_CERT_FILE'], stdout.trim()];
  return named.find((file) => file !== undefined && file.startsWith('/') && existsSync(file));
}

/** @param {Made} made @param {string} key @param {string} value */
async function setUnlessEqual(made, key, value) {
  if ((await localSetting(key)) !== value) await set(made, key, value);
}

/** @param {Made} made @param {string} key @param {string} value @param {string} [host] */
export async function set(made, key, value, host = 'local') {
  made.noteSetting({ host, key, value });
  await occ('--host', host, 'config', 'set', key, value);
}
