// Servers that allow few sessions on a connection, or none: what has to run all the same, and what is said where it cannot.
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { run } from '../../src/transport/run.ts';
import { connectSsh } from '../../src/transport/ssh/ssh-transport.ts';
import type { Transport } from '../../src/transport/transport.ts';
import { ignoreOutput, readUntil, textCommand } from './cases/support.ts';
import { onlyKey, sshScene } from './ssh-scene.ts';
import { nobody, Person, type ClientDirectory } from './sshd-client.ts';
import { publicKey, type Sshd } from './sshd-server.ts';

const scene = sshScene();
let key: string;
let server: Sshd;
let forwarder: Sshd;
let client: ClientDirectory;
let transport: Transport | undefined;

beforeAll(async () => {
  key = await scene.key('id');
  const authorizedKeys = [await publicKey(key)];
  server = await scene.sshd({ authorizedKeys, config: ['MaxSessions 1'] });
  forwarder = await scene.sshd({ authorizedKeys, config: ['MaxSessions 0'] });
});
beforeEach(async () => {
  client = await scene.client({ config: onlyKey(key), knows: [server, forwarder] });
});
afterEach(() => transport?.close());

const connect = async (sshd: Sshd, prompter = nobody): Promise<Transport> =>
  (transport = await connectSsh(client.target(sshd.address), client.options(prompter)));

describe('MaxSessions 1', () => {
  test('ten commands at once run beside one that lasts', async () => {
    const host = await connect(server);
    const before = await server.logins();
    const lasting = await host.start({ argv: ['sh', '-c', 'echo up; cat; echo over'] });
    lasting.stderr.resume();
    await readUntil(lasting.stdout, 'up');
    const numbers = Array.from({ length: 10 }, (_, index) => String(index));
    const answers = await Promise.all(
      numbers.map((number) => run(host, textCommand(['sh', '-c', `sleep 0.1; echo ${number}`]))),
    );
    expect(answers).toEqual(numbers);
    expect(await server.logins()).toBeGreaterThan(before);
    expect(await server.logins()).toBeLessThanOrEqual(before + 8);
    lasting.stdin.end();
    expect(await readUntil(lasting.stdout, 'over')).toContain('over');
    expect(await lasting.exit).toEqual({ kind: 'exited', code: 0 });
  });

  test('twelve that last: nine run, the others when one of them has ended', async () => {
    const host = await connect(server);
    const outcomes = Array.from({ length: 12 }, (_, index) =>
      run(host, textCommand(['sh', '-c', `sleep 2; echo ${index}`])),
    );
    expect(await Promise.all(outcomes)).toEqual(outcomes.map((_, index) => String(index)));
  });

  test('one that is cancelled ends, although no other command can run beside it', async () => {
    const host = await connect(server);
    const stop = new AbortController();
    const lasting = await host.start(
      { argv: ['sh', '-c', 'echo up; exec sleep 9000'] },
      { signal: stop.signal, input: 'none' },
    );
    await readUntil(lasting.stdout, 'up');
    ignoreOutput(lasting);
    stop.abort();
    expect(await lasting.exit).toEqual({ kind: 'signalled', signal: 'SIGTERM' });
  });

  test('a spare connection asks nobody, and is closed with the first', async () => {
    const host = await connect(server, new Person());
    const lasting = await host.start({ argv: ['cat'] });
    ignoreOutput(lasting);
    expect(await run(host, textCommand(['echo', 'beside']))).toBe('beside');
    await host.close();
    const ended = async () =>
      (await server.log()).match(/Accepted publickey/g)?.length ===
      (await server.log()).match(/Disconnected from user/g)?.length;
    await expect.poll(ended).toBe(true);
  });
});

test('MaxSessions 0: the error says that the server runs no commands', async () => {
  const host = await connect(forwarder);
  await expect(run(host, textCommand(['true']))).rejects.toMatchObject({
    reason: 'unreachable',
    host: 'web-1',
    hint: expect.stringContaining('MaxSessions') as string,
  });
});
