// A first login for the web UI.
import { userInfo } from 'node:os';
import { say } from '../lib/say.mjs';
import { occJson, valueOf } from './occ.mjs';

/** What useradd(8) of the image takes for sure. */
const validName = /^[a-z][a-z0-9-]{0,31}$/;

/** Names that may belong to the system. */
const reserved = ['root', 'daemon', 'opencode', 'nobody', 'admin'];

/** @typedef {{ user: string, password: string | undefined }} Login `password` only when it was made now */

/**
 * Makes sure that each host has a user; a password that is made is the same on all.
 * @param {readonly string[]} hosts
 * @param {string} [name] for the new user
 * @returns {Promise<Login>}
 */
export async function ensureLogin(hosts, name = loginName()) {
  const listed = await occJson('--host', hosts.join(','), 'user', 'list');
  /** @param {string} host */
  const usersOf = (host) =>
    /** @type {{ users: { name: string }[] }} */ (valueOf(listed, host)).users;
  const empty = hosts.filter((host) => usersOf(host).length === 0);
  if (empty.length === 0) {
    const first = usersOf(hosts[0] ?? 'local')[0]?.name ?? name;
    return { user: first, password: undefined };
  }
  say(`\n$ occ --host ${empty.join(',')} user add ${name} --generate`);
  const added = await occJson('--host', empty.join(','), 'user', 'add', name, '--generate');
  const { password } = /** @type {{ password?: string }} */ (valueOf(added, empty[0] ?? 'local'));
  return { user: name, password };
}

function loginName() {
  const own = userInfo().username;
  return validName.test(own) && !reserved.includes(own) ? own : 'developer';
}
