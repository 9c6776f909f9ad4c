// Where connections to hosts are kept for the next command, and, on request, how each host was reached.
import process from 'node:process';
import type { Emit } from '../events.ts';
import type { HostOptions } from '../hosts/host.ts';
import { runtimeDirectory, type Environment } from '../hosts/state-dir.ts';

/** @param tell - takes a notice about every login, and every connection that was open already; undefined: nobody asks */
export function waysToHosts(
  env: Environment,
  tell: Emit | undefined,
): Pick<HostOptions, 'runtimeDir' | 'observe'> {
  // Not userInfo(), which fails for a user without a name, as in a container.
  const directory = runtimeDirectory(env, process.geteuid?.() ?? -1);
  const runtimeDir = 'path' in directory ? directory.path : undefined;
  if (tell === undefined) return { runtimeDir };
  const observe: HostOptions['observe'] = ({ stage, place, detail }) => {
    const notice = (message: string): void =>
      tell({ type: 'notice', host: place.host, level: 'info', message });
    const who = place.jump === undefined ? 'ssh' : `ssh to jump host ${place.jump}`;
    if (stage === 'warm') notice(`${who}: ${detail}`);
    if (stage === 'login') notice(`${who}: logged in, ${detail}`);
    if (stage === 'login' && 'unusable' in directory) {
      notice(`no connection is kept for the next command: ${directory.unusable}`);
    }
  };
  return { runtimeDir, observe };
}
