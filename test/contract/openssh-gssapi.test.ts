// Kerberos logins (GSSAPI): a real KDC, a real sshd, and the user's ssh as a master.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startRealm, type Realm } from './kerberos-realm.ts';
import { Masters } from './openssh-start.ts';
import { makeClient, type ClientDirectory } from './sshd-client.ts';
import { startSshd, type Sshd } from './sshd-server.ts';

let realm: Realm;
let server: Sshd;
let client: ClientDirectory;
let masters: Masters;

beforeAll(async () => {
  realm = await startRealm();
  server = await startSshd({
    authorizedKeys: [],
    env: realm.serverEnv,
    config: [
      'GSSAPIAuthentication yes',
      // The machine calls itself something else than the test does.
      'GSSAPIStrictAcceptorCheck no',
      'PubkeyAuthentication no',
    ],
  });
  client = await makeClient();
  masters = new Masters(client);
  await client.know(`[localhost]:${server.port} ${await server.hostKey()}`);
  await client.configure('GSSAPIAuthentication yes\nAddressFamily inet');
});
afterAll(async () => {
  await masters.end();
  await client.remove();
  await server.stop();
  await realm.stop();
});

const start = (): Promise<string> =>
  masters.start(`localhost:${server.port}`, { env: realm.clientEnv, prompter: undefined });

test('without a ticket: the error says how to get one', async () => {
  await expect(start()).rejects.toMatchObject({
    reason: 'auth',
    message: expect.stringMatching(/the server accepts: .*gssapi-with-mic/) as string,
    hint: expect.stringContaining('kinit') as string,
  });
});

test('with a ticket: logged in', async () => {
  await realm.logIn();
  expect(await masters.greet(await start())).toBe('hello');
  expect(await server.log()).toContain('Accepted gssapi-with-mic');
});
