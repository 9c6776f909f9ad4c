// opencode on this machine: settings, start, a login, and what to do with it.
import { say } from '../lib/say.mjs';
import { ensureLogin } from './login.mjs';
import { occ, occCommand, occJson, valueOf } from './occ.mjs';
import { configureLocal } from './settings.mjs';

/**
 * @param {import('./made.mjs').Made} made
 * @param {import('../lib/ensure-engine.mjs').Engine} engine
 * @returns {Promise<import('./login.mjs').Login>}
 */
export async function startLocal(made, engine) {
  await configureLocal(made, engine);
  await occ('--host', 'local', 'start');
  const login = await ensureLogin(['local']);
  const { url } = /** @type {{ url: string }} */ (
    valueOf(await occJson('--host', 'local', 'status'), 'local')
  );
  console.log(`\nopencode is at    ${url}`);
  printLogin(login, 'local');
  console.log(`
Go on with occ, for example with:   alias occ='${occCommand}'
  occ status                        how it is
  occ host add NAME                 another machine
  npm run quickstart -- --down      remove all of this again`);
  return login;
}

/** @param {import('./login.mjs').Login} login @param {string} host */
export function printLogin({ user, password }, host) {
  console.log(`user              ${user}`);
  if (password === undefined) {
    say(
      `The password was shown when it was made. A new one: ${occCommand} --host ${host} user passwd ${user} --generate`,
    );
    return;
  }
  console.log(`password          ${password}`);
  say('It is stored nowhere and not shown again: keep it now.');
}
