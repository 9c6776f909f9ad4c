// A Debian base image without needing a registry: what is there, else pulled, else made from Debian's packages.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDirectory } from './dirs.mjs';
import { ensurePackages, hasApt } from './packages.mjs';
import { asRoot, findPrivilege } from './root.mjs';
import { attempt, run } from './run.mjs';
import { Problem, say, step } from './say.mjs';

/** Marks images that were made here, so that they can be told from pulled ones. */
const label = 'io.opencode-cloud.made-by=scripts';

/** Seconds that a registry may be silent before it counts as unreachable. */
const pullSilence = 20;

/**
 * Pulls an image unless it is there.
 * @param {string} reference
 * @returns {Promise<boolean>} whether it is there now
 */
export async function havePulled(reference) {
  if (await haveImage(reference)) return true;
  say(`Pulling ${reference} …`);
  const outcome = await attempt(['docker', 'pull', reference], { silenceSeconds: pullSilence });
  if (outcome.code !== 0)
    say(`  no registry answered for it: ${outcome.stderr.trim().split('\n').at(-1) ?? ''}`);
  return outcome.code === 0;
}

/** @param {string} reference */
export async function haveImage(reference) {
  return (
    (await attempt(['docker', 'image', 'inspect', '--format', '{{.Id}}', reference])).code === 0
  );
}

/**
 * Makes sure that `debian:<suite>-slim` is there.
 * @param {'bullseye' | 'bookworm' | 'trixie'} suite
 * @returns {Promise<{ reference: string, made: boolean }>} whether it was made in this run
 */
export async function ensureBaseImage(suite) {
  const reference = `debian:${suite}-slim`;
  if (await haveImage(reference)) return { reference, made: false };
  const cached = rootFileSystem(suite);
  if (!existsSync(cached)) {
    if (await havePulled(reference)) return { reference, made: true };
    await makeRootFileSystem(suite, cached);
  }
  await step(`Importing ${reference}`, () =>
    run([
      'docker',
      'import',
      '--change',
      'CMD ["bash"]',
      '--change',
      `LABEL ${label}`,
      cached,
      reference,
    ]),
  );
  return { reference, made: true };
}

/** @param {string} suite */
function rootFileSystem(suite) {
  return join(cacheDirectory(), `${suite}-${process.arch}.tar`);
}

/** @param {string} suite @param {string} target */
async function makeRootFileSystem(suite, target) {
  if (!hasApt()) {
    throw new Problem(
      `debian:${suite}-slim could not be pulled, and making it needs mmdebstrap, which Debian and Ubuntu have.`,
      `Bring the image to this machine: docker load`,
    );
  }
  await ensurePackages(
    ['mmdebstrap', 'debian-archive-keyring'],
    'making a base image without a registry',
  );
  const draft = mkdtempSync(join(cacheDirectory(), 'rootfs-'));
  const file = join(draft, 'base.tar');
  const keyring = '--keyring=/usr/share/keyrings/debian-archive-keyring.gpg';
  const argv = [
    'mmdebstrap',
    '--variant=minbase',
    '--include=ca-certificates',
    keyring,
    suite,
    file,
  ];
  // Without root it falls back to user namespaces by itself.
  const privilege = await findPrivilege();
  try {
    await step(`Making debian:${suite}-slim from Debian packages (mmdebstrap)`, () =>
      run(privilege === 'none' ? argv : asRoot(privilege, argv)),
    );
    await run(['mv', file, target]);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}
