// `npm run quickstart`: from a fresh clone to opencode behind a login, on this machine and on practice hosts.
import { parseArgs } from 'node:util';
import { ensureDependencies } from './lib/ensure-dependencies.mjs';
import { ensureEngine } from './lib/ensure-engine.mjs';
import { ensureNode } from './lib/ensure-node.mjs';
import { Problem, runMain, say } from './lib/say.mjs';
import { takeDownEverything } from './quickstart/down.mjs';
import { startFleet } from './quickstart/fleet.mjs';
import { startLocal } from './quickstart/local.mjs';
import { Made } from './quickstart/made.mjs';
import { ensureBuilt } from './quickstart/occ.mjs';

const usage = `Usage: npm run quickstart [-- OPTIONS]

Starts opencode in a container on this machine and makes a login for it. Run it again whenever you like: it does only
what is missing.

  --fleet N   also boot N practice hosts in containers, add them as web-1, web-2, … and start opencode on them
  --down      remove what quickstart made: containers and their data, images, practice hosts, inventory entries, and the
              Docker Engine's process if quickstart started it. Packages that were installed stay
  --help      this text

It installs a Docker Engine (Debian's or Ubuntu's docker.io) only when none answers. What it writes goes to the inventory
that occ uses ("occ config path"), so you can go on with occ right away.`;

await runMain(async () => {
  ensureNode();
  const { fleet, down, help } = readOptions();
  if (help) {
    console.log(usage);
    return 0;
  }
  await ensureDependencies();
  await ensureBuilt();
  const made = Made.load();
  if (down) return takeDownEverything(made);
  const engine = await ensureEngine('quickstart');
  await made.begin();
  const service = await startLocal(made, engine);
  if (fleet > 0) await startFleet(made, fleet, service.user);
  return 0;
});

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        fleet: { type: 'string', default: '0' },
        down: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (!/^\d{1,2}$/.test(values.fleet))
      throw new Error(`--fleet ${values.fleet}: not a number from 1 to 99`);
    return { ...values, fleet: Number(values.fleet) };
  } catch (error) {
    say(usage);
    throw new Problem(error instanceof Error ? error.message : String(error));
  }
}
