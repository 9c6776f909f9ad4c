// Makes sure that a Docker Engine answers: uses the one there is, else installs the distribution's.
import { existsSync, readFileSync } from 'node:fs';
import { defaultSocket, knownSockets, probe, socketPath } from './engine-address.mjs';
import { ensurePackages, hasApt, isKnownPackage } from './packages.mjs';
import { identify } from './processes.mjs';
import { findPrivilege, runAsRoot } from './root.mjs';
import { attempt } from './run.mjs';
import { Problem, say, step } from './say.mjs';
import { adopt, startByHand, startedEngine, waitUntilItAnswers } from './start-engine.mjs';
import { reenterWithGroup } from './docker-group.mjs';

/** @typedef {import('./start-engine.mjs').StartedEngine} StartedEngine */
/**
 * @typedef {object} Engine
 * @property {string} dockerHost as in DOCKER_HOST
 * @property {string | undefined} socket its path, when it is a Unix socket
 * @property {StartedEngine | undefined} started set when a script started it, in this run or an earlier one
 * @property {boolean} fresh whether it was started in this run
 */

/**
 * Answers an engine that can be used. Sets DOCKER_HOST for the processes started from here, unless it is the default.
 * @param {string} startedBy name of the script
 * @returns {Promise<Engine>}
 */
export async function ensureEngine(startedBy) {
  const found = (await findEngine()) ?? (await installEngine(startedBy));
  await ensureClient();
  return useEngine(found);
}

/**
 * The engine that is there. For what must not install one.
 * @returns {Promise<Engine>}
 */
export async function requireEngine() {
  const found = await findEngine();
  if (found !== undefined) return useEngine(found);
  throw new Problem(
    'No Docker Engine answers, and this needs one.',
    'Start it. "npm test" and "npm run quickstart" install and start one where they can.',
  );
}

/** @param {Engine} engine */
function useEngine(engine) {
  if (engine.socket !== defaultSocket) process.env['DOCKER_HOST'] = engine.dockerHost;
  return engine;
}

/** @returns {Promise<Engine | undefined>} */
async function findEngine() {
  const named = process.env['DOCKER_HOST'];
  if (named !== undefined && named !== '') {
    if ((await probe(named)) === 'answers') return engineAt(named);
    throw new Problem(
      `DOCKER_HOST is ${named}, but no Docker Engine answers there.`,
      'Start that engine, or unset DOCKER_HOST.',
    );
  }
  const states = new Map();
  for (const path of knownSockets()) {
    const state = await probe(`unix://${path}`);
    if (state === 'answers') return engineAt(`unix://${path}`);
    states.set(path, state);
  }
  if (states.get(defaultSocket) === 'denied') throw denied();
  return undefined;
}

/** @param {string} dockerHost @returns {Engine} */
function engineAt(dockerHost) {
  const socket = socketPath(dockerHost);
  const started = socket === defaultSocket ? startedEngine() : undefined;
  return { dockerHost, socket, started, fresh: false };
}

function denied() {
  return new Problem(
    `A Docker Engine runs, but this user may not use ${defaultSocket}.`,
    'Run: sudo usermod -aG docker "$USER"   (whoever is in that group can become root), then log in again.',
  );
}

/** @param {string} startedBy @returns {Promise<Engine>} */
async function installEngine(startedBy) {
  if (!hasApt()) throw noWayToInstall();
  if (!existsSync('/usr/sbin/dockerd') && !existsSync('/usr/bin/dockerd')) {
    await ensurePackages(await enginePackages(), 'running containers (no Docker Engine was found)');
  }
  const started = await startEngine(startedBy);
  return { dockerHost: `unix://${defaultSocket}`, socket: defaultSocket, started, fresh: true };
}

/** Debian 13 and newer Ubuntu have the docker command in a package of its own. */
async function enginePackages() {
  const client = (await isKnownPackage('docker-cli')) ? ['docker-cli'] : [];
  return ['docker.io', 'iptables', 'ca-certificates', ...client];
}

/** @param {string} startedBy @returns {Promise<StartedEngine | undefined>} undefined when systemd runs it */
async function startEngine(startedBy) {
  if (existsSync('/run/systemd/system')) {
    await step('Starting the Docker Engine (systemctl start docker)', startWithSystemd);
    if ((await probe(`unix://${defaultSocket}`)) === 'denied') await reenterWithGroup('docker');
    return undefined;
  }
  const pid = runningDaemon();
  if (pid === undefined) return startByHand(startedBy);
  say('Waiting for the Docker Engine that its package has started');
  await waitUntilItAnswers(`unix://${defaultSocket}`, '/var/log/docker.log');
  return adopt(pid, startedBy);
}

async function startWithSystemd() {
  const privilege = await findPrivilege();
  if (privilege === 'none') {
    throw new Problem(
      'The Docker Engine does not run; starting it needs root.',
      'Run: sudo systemctl start docker',
    );
  }
  await runAsRoot(privilege, ['systemctl', 'start', 'docker.service'], {
    hint: 'See: journalctl --unit docker --lines 30',
  });
}

/** Where there is no systemd, the package's init script may have started it already. */
function runningDaemon() {
  const file = '/var/run/docker.pid';
  if (!existsSync(file)) return undefined;
  return identify(Number(readFileSync(file, 'utf8')))?.pid;
}

/** The scripts build, save and load images with the docker command. */
async function ensureClient() {
  if ((await attempt(['docker', '--version'])).code === 0) return;
  if (!hasApt()) throw new Problem('The docker command is missing.', 'Install the Docker CLI.');
  const name = (await isKnownPackage('docker-cli')) ? 'docker-cli' : 'docker.io';
  await ensurePackages([name], 'the docker command');
}

function noWayToInstall() {
  const how =
    process.platform === 'darwin'
      ? 'Install one and start it:  brew install colima docker && colima start   (or Docker Desktop: https://docs.docker.com/desktop/setup/install/mac-install/)'
      : 'Install Docker Engine with your distribution’s package manager, start it, and run this again: https://docs.docker.com/engine/install/';
  return new Problem(
    'No Docker Engine was found, and this script installs one on Debian and Ubuntu only.',
    how,
  );
}
