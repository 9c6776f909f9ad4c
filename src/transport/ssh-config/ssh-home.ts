// Home directories of other users of this machine, for `~user` in paths.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import type { HomeOf } from './ssh-tokens.ts';

/** Looks the users up once, so that paths can be expanded without waiting. */
export async function findHomes(users: readonly string[]): Promise<HomeOf> {
  const homes = new Map<string, string>();
  for (const user of new Set(users)) {
    const home = homeIn(await readPasswd(), user) ?? homeIn(await askNameService(user), user);
    if (home !== undefined) homes.set(user, home);
  }
  return (user) => homes.get(user);
}

/** A line of passwd(5): `name:password:uid:gid:gecos:home:shell`. */
function homeIn(passwd: string, user: string): string | undefined {
  const lines = passwd.split('\n').map((line) => line.split(':'));
  return lines.find(([name]) => name === user)?.[5];
}

function readPasswd(): Promise<string> {
  return readFile('/etc/passwd', 'utf8').catch(() => '');
}

/** Users of LDAP and the like are in no file. Systems without getent have none of these here. */
function askNameService(user: string): Promise<string> {
  return new Promise((resolve) => {
    execFile('getent', ['passwd', '--', user], { timeout: 5000 }, (error, stdout) =>
      resolve(error ? '' : stdout),
    );
  });
}
