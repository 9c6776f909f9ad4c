// Remembers what quickstart made, and what was there before, so that --down removes the one and not the other.
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDirectory, readJson, stateDirectory, writeJson } from '../lib/dirs.mjs';
import { run } from '../lib/run.mjs';
import { inventoryValue, occJson } from './occ.mjs';

/**
 * @typedef {object} Setting
 * @property {string} host
 * @property {string} key
 * @property {string} value
 */
/**
 * @typedef {object} Before
 * @property {string[]} images ids of all images
 * @property {string[]} volumes names of all volumes
 * @property {string[]} containers names of all containers
 * @property {string[]} cache file names
 * @property {boolean} inventory whether the file existed
 */
/**
 * @typedef {object} Notes
 * @property {Before} [before] undefined: quickstart has not been here
 * @property {Setting[]} settings
 * @property {string[]} hosts inventory entries
 */

/** Every note is written before the thing is made: an interrupted run leaves nothing unknown. */
export class Made {
  /** @type {Notes} */
  #notes;

  /** @param {Notes} notes */
  constructor(notes) {
    this.#notes = notes;
  }

  static load() {
    const notes = /** @type {Notes | undefined} */ (readJson(file()));
    return new Made(notes ?? { settings: [], hosts: [] });
  }

  get before() {
    return this.#notes.before;
  }

  get settings() {
    return this.#notes.settings;
  }

  get hosts() {
    return this.#notes.hosts;
  }

  /** Notes what is there, at the first run. */
  async begin() {
    if (this.#notes.before !== undefined) return;
    const { exists } = /** @type {{ exists: boolean }} */ (
      inventoryValue(await occJson('config', 'path'))
    );
    this.#notes.before = {
      images: await listImageIds(),
      volumes: await lines(['docker', 'volume', 'ls', '--quiet']),
      containers: await lines(['docker', 'ps', '--all', '--format', '{{.Names}}']),
      cache: readdirSync(cacheDirectory()),
      inventory: exists,
    };
    this.#save();
  }

  /** @param {Setting} setting */
  noteSetting(setting) {
    this.#notes.settings = [
      ...this.settings.filter(({ host, key }) => host !== setting.host || key !== setting.key),
      setting,
    ];
    this.#save();
  }

  /** @param {string} name */
  noteHost(name) {
    this.#notes.hosts = [...new Set([...this.hosts, name])];
    this.#save();
  }

  forget() {
    this.#notes = { settings: [], hosts: [] };
    if (existsSync(file())) rmSync(stateDirectory('quickstart'), { recursive: true });
  }

  #save() {
    writeJson(file(), this.#notes);
  }
}

/** @returns {Promise<string[]>} */
function listImageIds() {
  return lines(['docker', 'image', 'ls', '--all', '--quiet', '--no-trunc']);
}

/** @param {readonly string[]} argv @returns {Promise<string[]>} the lines of its output, each once */
export async function lines(argv) {
  const text = await run(argv);
  return text === '' ? [] : [...new Set(text.split('\n'))];
}

function file() {
  return join(stateDirectory('quickstart'), 'made.json');
}
