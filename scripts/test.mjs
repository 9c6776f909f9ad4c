// `npm test`: everything the tests need, then all of them in one vitest run. Ends with one line of counts.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBaseImage } from './lib/base-image.mjs';
import { readJson, repository } from './lib/dirs.mjs';
import { ensureDependencies } from './lib/ensure-dependencies.mjs';
import { ensureEngine } from './lib/ensure-engine.mjs';
import { ensureNode } from './lib/ensure-node.mjs';
import { ensurePackages, hasApt } from './lib/packages.mjs';
import { run } from './lib/run.mjs';
import { runTypeScript } from './lib/run-typescript.mjs';
import { report, step } from './lib/say.mjs';
import { stopEngine } from './lib/start-engine.mjs';

/** Programs that tests run on this machine. */
const packages = [
  'openssh-server', // a real sshd per case: keys, jump hosts, refusals
  'openssh-client', // ssh -G, ssh-keygen and ssh itself as the oracle
  'openssh-tests', // a FIDO token in software
  'libpam-google-authenticator', // one-time codes that a real PAM asks for
  'krb5-kdc', // a Kerberos realm, for logins that only OpenSSH makes (GSSAPI)
  'krb5-admin-server', // makes its accounts
  'krb5-user', // gets a ticket
  'sudo', // reaching a socket that only root may use
  'procps', // proof that a cancelled command is gone
  'socat', // a proxy command, and slow links
  'tcsh', // login shells that quote in their own way
  'fish',
  'zsh',
];

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

/** @type {import('./lib/ensure-engine.mjs').Engine | undefined} */
let engine;
/** @type {Counts} */
let counts = { passed: 0, failed: 0, skipped: 0 };
const scratch = mkdtempSync(join(tmpdir(), 'occ-test-'));

// The first Ctrl-C reaches vitest as well, which ends; what was started here is then stopped below.
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
  process.on(signal, () => vitest?.kill(signal === 'SIGHUP' ? 'SIGTERM' : signal));
}
/** @type {import('node:child_process').ChildProcess | undefined} */
let vitest;

process.exitCode = 1;
try {
  await prepare();
  process.exitCode = await runVitest(process.argv.slice(2));
} catch (error) {
  report(error);
} finally {
  await cleanUp().catch(report);
  rmSync(scratch, { recursive: true, force: true });
}
const { passed, failed, skipped } = counts;
console.log(`tests: ${passed} passed, ${failed} failed, ${skipped} skipped`);

async function prepare() {
  ensureNode();
  await ensureDependencies();
  engine = await ensureEngine('test');
  await ensureBaseImage('bookworm');
  // Its sshd is the oldest that tests meet.
  await ensureBaseImage('bullseye');
  if (hasApt()) await ensurePackages(packages, 'the tests');
  await step('Building', () => run(['npm', 'run', '--silent', 'build'], { cwd: repository }));
}

/** @param {readonly string[]} args passed through to vitest @returns {Promise<number>} its exit code */
async function runVitest(args) {
  const file = join(scratch, 'counts.json');
  const env = { ...process.env, OCC_TEST_COUNTS: file };
  const argv = [join(repository, 'node_modules/vitest/vitest.mjs'), 'run', ...args];
  vitest = spawn(process.execPath, argv, { cwd: repository, env, stdio: 'inherit' });
  /** @type {number | null} */
  const code = await new Promise((resolve) => vitest?.on('close', resolve));
  const counted = /** @type {Counts | undefined} */ (readJson(file));
  // Without counts vitest did not get to its end; no number may then say that nothing failed.
  counts = counted ?? { passed: 0, failed: 1, skipped: 0 };
  return code ?? 130;
}

/** Also after a vitest that was killed: then its machines are still there. */
async function cleanUp() {
  if (vitest !== undefined) await runTypeScript('test/lab/main.ts', ['sweep']);
  if (engine?.started?.startedBy === 'test') await stopEngine(engine.started);
}
