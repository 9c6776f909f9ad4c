// What OpenSSH's own client makes of the same configuration and server: the oracle for logins.
import { execFile } from 'node:child_process';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAddress, type SshTarget } from '../../src/transport/ssh/ssh-target.ts';

/** What `ssh` is run with. */
export interface SshRun {
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Program that answers its questions; without it there is nobody to ask. */
  readonly askpass?: string;
}

/** How it ended. */
export interface SshOutcome {
  readonly loggedIn: boolean;
  readonly stderr: string;
}

/** Runs `ssh … true` for a target. */
export function sshOutcome(target: SshTarget, run: SshRun = {}): Promise<SshOutcome> {
  const { host, port } = parseAddress(target.address, target.host);
  const argv = [
    ...(target.configFile === undefined ? [] : ['-F', target.configFile]),
    ...(target.identityFile === undefined
      ? []
      : ['-i', target.identityFile, '-o', 'IdentitiesOnly=yes']),
    ...(port === undefined ? [] : ['-p', String(port)]),
    ...['-T', host, 'true'],
  ];
  const { PATH } = process.env;
  const asking =
    run.askpass === undefined ? {} : { SSH_ASKPASS: run.askpass, SSH_ASKPASS_REQUIRE: 'force' };
  return new Promise((resolve) => {
    const options = { env: { PATH, ...asking, ...run.env }, timeout: 30_000 };
    const child = execFile('ssh', argv, options, (error, _stdout, stderr) =>
      resolve({ loggedIn: error === null, stderr }),
    );
    child.stdin?.end();
  });
}

/** Makes a program that prints what a shell command prints, whatever it is asked. */
export async function makeAskpass(directory: string, command: string): Promise<string> {
  const path = join(directory, 'askpass');
  await writeFile(path, `#!/bin/sh\n${command}\n`);
  await chmod(path, 0o700);
  return path;
}
