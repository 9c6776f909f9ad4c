// Starts an engine by hand where no service manager does, and stops it again by its pid.
import { closeSync, openSync, readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { probe, defaultSocket } from './engine-address.mjs';
import { readJson, removeFile, stateDirectory, writeJson } from './dirs.mjs';
import { ownGroup } from './docker-group.mjs';
import { identify, isAlive } from './processes.mjs';
import { asRoot, findPrivilege, runAsRoot } from './root.mjs';
import { spawnDetached, run } from './run.mjs';
import { Problem, say, step } from './say.mjs';

/** @typedef {import('./processes.mjs').ProcessIdentity} ProcessIdentity */
/** @typedef {{ process: ProcessIdentity, startedBy: string }} StartedEngine */

const record = () => join(stateDirectory('engine'), 'engine.json');

/** @returns {StartedEngine | undefined} the engine that one of the scripts started, if it still runs */
export function startedEngine() {
  const noted = /** @type {StartedEngine | undefined} */ (readJson(record()));
  return noted !== undefined && isAlive(noted.process) ? noted : undefined;
}

/**
 * Starts dockerd, detached from this process, and waits until it answers.
 * @param {string} startedBy name of the script, so that only it stops the engine
 * @returns {Promise<StartedEngine>}
 */
export async function startByHand(startedBy) {
  const privilege = await findPrivilege();
  const directory = stateDirectory('engine');
  const log = join(directory, 'dockerd.log');
  const pidFile = join(directory, 'dockerd.pid');
  const argv = ['dockerd', '--host', `unix://${defaultSocket}`, '--pidfile', pidFile];
  // The socket belongs to this user's group, so that no new login is needed to use it.
  const own = privilege === 'root' ? [] : [ownGroup(userInfo().username, await run(['id', '-gn']))];
  const group = own.flatMap((name) => ['--group', name]);
  return step('Starting the Docker Engine (dockerd)', async () => {
    const file = openSync(log, 'w', 0o600);
    spawnDetached(asRoot(privilege, [...argv, ...group]), file);
    closeSync(file);
    await waitUntilItAnswers(`unix://${defaultSocket}`, log);
    const started = { process: noteProcess(Number(readFileSync(pidFile, 'utf8'))), startedBy };
    writeJson(record(), started);
    return started;
  });
}

/** Remembers an engine that starting the packages has started. @param {number} pid @param {string} startedBy */
export function adopt(pid, startedBy) {
  const started = { process: noteProcess(pid), startedBy };
  writeJson(record(), started);
  return started;
}

/**
 * Stops an engine that a script started, and waits until it is gone.
 * @param {StartedEngine} engine
 */
export async function stopEngine(engine) {
  if (isAlive(engine.process)) {
    say(`Stopping the Docker Engine that was started here (process ${engine.process.pid})`);
    await terminate(engine.process.pid);
  }
  for (let waited = 0; isAlive(engine.process); waited += 1) {
    if (waited > 60) throw new Problem(`dockerd (${engine.process.pid}) does not stop.`);
    await sleep(1000);
  }
  removeFile(record());
}

/** A minimal machine has no kill(1), but then this is root. @param {number} pid */
async function terminate(pid) {
  const privilege = await findPrivilege();
  if (privilege === 'root') process.kill(pid, 'SIGTERM');
  else await runAsRoot(privilege, ['kill', '-TERM', String(pid)]);
}

/** @param {string} dockerHost @param {string} log */
export async function waitUntilItAnswers(dockerHost, log) {
  for (let tenths = 0; (await probe(dockerHost)) !== 'answers'; tenths += 1) {
    if (tenths >= 600) {
      throw new Problem(
        `The Docker Engine did not start within 60 s.\n${lastLines(log)}`,
        `Log: ${log}`,
      );
    }
    await sleep(100);
  }
}

/** @param {string} file */
function lastLines(file) {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-10).join('\n');
  } catch {
    return '';
  }
}

/** @param {number} pid */
function noteProcess(pid) {
  const process = identify(pid);
  if (process === undefined)
    throw new Problem(`dockerd (${pid}) ended right after it had started.`);
  return process;
}
