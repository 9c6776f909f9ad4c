// A freshly installed engine serves root and group docker only. Joins the group without a new login.
import { spawnSync } from 'node:child_process';
import { userInfo } from 'node:os';
import { findPrivilege, runAsRoot } from './root.mjs';
import { Problem, say } from './say.mjs';

/** Set in the second run, so that a group that does not help is not tried for ever. */
const marker = 'OCC_SCRIPT_REENTERED';

/**
 * Adds the user to the group and runs this script again with it. Does not return.
 * @param {string} group
 */
export async function reenterWithGroup(group) {
  const user = userInfo().username;
  const command = `sudo usermod -aG ${group} ${user}`;
  if (process.env[marker] !== undefined) {
    throw new Problem(
      `${user} may not use the Docker Engine.`,
      `Run: ${command}   and log in again.`,
    );
  }
  say(
    `Adding ${user} to group ${group}, which may use the engine (and thereby become root): ${command}`,
  );
  await runAsRoot(await findPrivilege(), ['usermod', '-aG', group, user]);
  // sg(1) reads /etc/group anew, which this login did before the change.
  const again = [process.execPath, ...process.execArgv, ...process.argv.slice(1)]
    .map(quote)
    .join(' ');
  const env = { ...process.env, [marker]: '1' };
  const { status } = spawnSync('sg', [group, '-c', again], { stdio: 'inherit', env });
  process.exit(status ?? 1);
}

/**
 * The group that is this user's alone, as Debian and Ubuntu make one for each user.
 * @param {string} user
 * @param {string} group the user's primary group
 * @returns {string}
 * @throws Problem when others can be in it: whoever may use the engine can become root
 */
export function ownGroup(user, group) {
  if (group === user) return group;
  throw new Problem(
    `The engine would serve everybody in your group ${group}, and whoever may use it can become root.`,
    `Start it for group docker: sudo usermod -aG docker ${user}; sudo dockerd --group docker &   then log in again.`,
  );
}

/** @param {string} word for sh, which sg(1) uses */
function quote(word) {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
