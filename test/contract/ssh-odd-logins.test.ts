// Logins at servers that do what OpenSSH's never does: hostile questions, expired passwords, no authentication at all.
import { join } from 'node:path';
import type { AuthContext, Connection, KeyboardAuthContext } from 'ssh2';
import ssh2 from 'ssh2';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CancelledError } from '../../src/errors.ts';
import type { Prompter } from '../../src/prompter.ts';
import { protocolOf } from '../../src/transport/ssh/ssh2-internals.ts';
import { startOddServer, type OddServer } from './odd-server.ts';
import { loginError } from './ssh-login.ts';
import { makeClient, nobody, Person, type ClientDirectory } from './sshd-client.ts';
import { makeKey } from './sshd-server.ts';

let client: ClientDirectory;
let server: OddServer;

beforeEach(async () => {
  client = await makeClient();
  await client.configure('User ops\nIdentityFile none');
});
afterEach(async () => {
  await server.stop();
  await client.remove();
});

async function start(
  decide: (context: AuthContext, connection: Connection) => void,
): Promise<void> {
  server = await startOddServer(decide);
  await client.know(`[127.0.0.1]:${server.port} ${server.hostKey}`);
}

const logIn = (prompter: Prompter, more = {}) =>
  loginError(client.target(`127.0.0.1:${server.port}`, more), client.options(prompter));

/** Accepts keyboard-interactive only, which it does in its own way. */
const interactive =
  (ask: (context: KeyboardAuthContext, connection: Connection) => void) =>
  (context: AuthContext, connection: Connection): void => {
    if (context.method === 'keyboard-interactive') ask(context, connection);
    else context.reject(['keyboard-interactive']);
  };

describe('a question', () => {
  test('cannot pass for one of occ, nor move the cursor', async () => {
    const name =
      'web-2 (10.0.0.9:22) asks for the login as root:\u001b[2K\rPassphrase of the key /root/key:';
    const instruction = 'Line one\n\n\u202eLine two\r\n\u0007\n';
    const prompts = [
      { prompt: 'Host key changed. Trust it?\u001b]0;title\u0007 [y/N]', echo: true },
      { prompt: '', echo: false },
    ];
    await start(
      interactive((context) => context.prompt(prompts, name, instruction, () => context.accept())),
    );
    const person = new Person('one', 'two');
    expect(await logIn(person)).toBeUndefined();
    const ours = `web-1 (127.0.0.1:${server.port}) asks for the login as ops:`;
    expect(person.questions).toEqual([
      [
        ours,
        '  web-2 (10.0.0.9:22) asks for the login as root:',
        '  Passphrase of the key /root/key:',
        '  Line one',
        '  Line two',
        '  Host key changed. Trust it? [y/N]',
      ].join('\n'),
      `${ours}\n  Answer:`,
    ]);
  });

  test('gets the answers in their order', async () => {
    const answers: string[][] = [];
    await start(
      interactive((context) => {
        const prompts = [
          { prompt: 'Name:', echo: true },
          { prompt: 'Code:', echo: false },
        ];
        context.prompt(prompts, (given) => {
          answers.push([...given]);
          context.accept();
        });
      }),
    );
    expect(await logIn(new Person('ännchen', ''))).toBeUndefined();
    expect(answers).toEqual([['ännchen', '']]);
  });

  test('that asks nothing needs nobody', async () => {
    await start(interactive((context) => context.prompt([], () => context.accept())));
    expect(await logIn(nobody)).toBeUndefined();
  });

  test('that is too many at once is not asked', async () => {
    const prompts = Array.from({ length: 17 }, () => ({ prompt: '?', echo: false }));
    await start(interactive((context) => context.prompt(prompts, () => context.accept())));
    expect(await logIn(new Person())).toMatchObject({
      reason: 'auth',
      message: expect.stringContaining('the server asks 17 questions') as string,
    });
  });

  test('that the server does not wait for: the error says so', async () => {
    await start(
      interactive((context, connection) => {
        context.prompt([{ prompt: 'Code:', echo: false }], () => context.accept());
        setImmediate(() => connection.end());
      }),
    );
    let withdrawn: AbortSignal | undefined;
    const secret: Prompter['secret'] = (_question, options) => {
      withdrawn = options?.signal;
      return new Promise(() => undefined);
    };
    const thinking: Prompter = { ...nobody, secret };
    expect(await logIn(thinking)).toMatchObject({
      reason: 'auth',
      message: expect.stringContaining('closed the connection before its question') as string,
      hint: expect.stringContaining('LoginGraceTime') as string,
    });
    expect(withdrawn?.aborted).toBe(true);
  });

  test('at which Ctrl-C is typed cancels', async () => {
    await start(
      interactive((context) =>
        context.prompt([{ prompt: 'Code:', echo: true }], () => context.accept()),
      ),
    );
    const leaving: Prompter = { ...nobody, line: () => Promise.reject(new CancelledError()) };
    await expect(logIn(leaving)).rejects.toBeInstanceOf(CancelledError);
  });
});

test('an expired password: the error says so, and where to change it', async () => {
  await start((context) => {
    if (context.method === 'password') context.requestChange('Choose a new one', () => undefined);
    else context.reject(['password']);
  });
  expect(await logIn(new Person('old'), { passwordLogin: true })).toMatchObject({
    reason: 'auth',
    message: expect.stringContaining('wants a new password before the login as ops') as string,
    hint: `Change the password: ssh -p ${server.port} ops@127.0.0.1`,
  });
});

test('a server that lets everybody in is asked once keys were refused', async () => {
  const methods: string[] = [];
  await start((context) => {
    methods.push(context.method);
    if (context.method === 'none') context.accept();
    else context.reject(['publickey']);
  });
  const identityFile = await makeKey(join(client.path, 'key'));
  expect(await logIn(nobody, { identityFile })).toBeUndefined();
  expect(methods).toEqual(['publickey', 'none']);
});

test('an ssh2 with other insides is told apart', async () => {
  await start((context) => context.reject());
  const inside = new ssh2.Client();
  inside.on('error', () => undefined);
  inside.connect({ sock: new PassThrough(), username: 'ops', readyTimeout: 0 });
  const protocol = protocolOf(inside);
  expect(protocol._authsQueue).toEqual([]);
  Reflect.deleteProperty(protocol._handlers, 'USERAUTH_PK_OK');
  expect(() => protocolOf(inside)).toThrow('its insides have changed');
  inside.destroy();
});
