// `npm run lab -- up 4 | down | ssh NAME | list`: the lab for developers, which stays until it is taken down.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Problem, runMain, say } from '../../scripts/lib/say.mjs';
import { alternate } from './kinds.ts';
import { labFile } from './lab-files.ts';
import { ensureUp, findLab, removeAbandoned, setDirectory, takeDown } from './lab.ts';
import type { Lab, LabHost } from './lab-hosts.ts';
import { listMachines, ownedByNobody, removeMachines } from './ownership.ts';

const usage = `Usage: npm run lab -- COMMAND

  up [N]         boot N machines (default 2): bookworm-1, trixie-1, bookworm-2, …
  list           the machines that are up, and how to reach them
  ssh NAME [CMD] log in to one, as ops
  sweep          remove what killed test runs have left
  down [--all]   remove them; --all also those of test runs and of quickstart

Tests use a running lab instead of booting their own with
  OCC_LAB_FILE=${labFile(setDirectory('developer'))}`;

const set = 'developer';

await runMain(async () => {
  const [command = '', ...rest] = process.argv.slice(2);
  switch (command) {
    case 'up':
      return up(rest[0] ?? '2');
    case 'down':
      return down(rest);
    case 'ssh':
      return ssh(rest);
    case 'list':
      return list();
    case 'sweep':
      await removeAbandoned();
      return 0;
    case '--help':
      console.log(usage);
      return 0;
    default:
      say(usage);
      return 2;
  }
});

async function up(count: string): Promise<number> {
  if (!/^[1-9]\d?$/.test(count)) throw new Problem(`"${count}" is not a number from 1 to 99.`);
  const lab = await ensureUp({ set, machines: alternate(Number(count)), owner: ownedByNobody() });
  print(lab);
  return 0;
}

async function down(flags: readonly string[]): Promise<number> {
  const removed = await takeDown(set);
  const others = flags.includes('--all') ? await listMachines() : [];
  await removeMachines(others.map(({ id }) => id));
  say(`${removed + others.length} machines removed. Their images stay, for the next time.`);
  return 0;
}

async function ssh([name, ...command]: readonly string[]): Promise<number> {
  const lab = await running();
  if (!lab.hosts.some((host) => host.name === name)) {
    const names = lab.hosts.map((host) => host.name).join(', ');
    throw new Problem(`There is no machine ${name ?? ''} in the lab.`, `There are: ${names}`);
  }
  const argv = ['-F', lab.sshConfigFile, '--', String(name), ...command];
  const [code] = (await once(spawn('ssh', argv, { stdio: 'inherit' }), 'close')) as [number | null];
  return code ?? 255;
}

async function list(): Promise<number> {
  print(await running());
  return 0;
}

async function running(): Promise<Lab> {
  const lab = await findLab(set);
  if (lab === undefined) throw new Problem('The lab is not up.', 'Run: npm run lab -- up');
  return lab;
}

function print(lab: Lab): void {
  for (const host of lab.hosts) console.log(describeHost(host));
  console.log(`\nssh -F ${lab.sshConfigFile} ${lab.hosts[0]?.name ?? ''}`);
  console.log(`OCC_LAB_FILE=${labFile(setDirectory(set))}`);
}

function describeHost(host: LabHost): string {
  const login = `ops@${host.address}:${host.port}`;
  return `${host.name.padEnd(12)} ${login}  ${host.hostKeyFingerprint}  ${host.containerId.slice(0, 12)}`;
}
