// What answers in place of a healthy SSH server, and what is said about it.
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ConnectError } from '../../src/errors.ts';
import { HandshakeError } from '../../src/transport/ssh/ssh-handshake-error.ts';
import { connectSsh } from '../../src/transport/ssh/ssh-transport.ts';
import { greet } from './ssh-login.ts';
import { onlyKey, sshScene } from './ssh-scene.ts';
import type { ClientDirectory } from './sshd-client.ts';
import { publicKey, type Sshd } from './sshd-server.ts';

const scene = sshScene();
let key: string;
let sshd: Sshd;
let client: ClientDirectory;
const servers: Server[] = [];

beforeAll(async () => {
  key = await scene.key('id');
  sshd = await scene.sshd({ authorizedKeys: [await publicKey(key)] });
});
beforeEach(async () => {
  client = await scene.client({ config: onlyKey(key) });
  await client.know(`* ${await sshd.hostKey()}`);
});
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listening(server: Server): Promise<string> {
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A server whose first words are these; it then closes, or waits. */
const saying = (words: string, then: 'close' | 'wait' = 'close'): Promise<string> =>
  listening(
    createServer((socket) => {
      socket.on('error', () => undefined);
      if (then === 'close') socket.end(words);
      else socket.write(words);
    }),
  );

const failure = async (address: string, seconds = 15): Promise<ConnectError> => {
  const settings = client.target(address, { connectTimeoutSeconds: seconds });
  const error: unknown = await connectSsh(settings, client.options()).then(
    () => undefined,
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(ConnectError);
  return error as ConnectError;
};

const greetAt = (address: string): Promise<string> =>
  greet(client.target(address), client.options());

/** Carries the connection on to the real server, after it did something to its beginning. */
const before = (
  spoil: (socket: Socket, count: number, go: () => void) => void,
): Promise<string> => {
  let count = 0;
  return listening(
    createServer((socket) => {
      socket.on('error', () => undefined);
      count += 1;
      spoil(socket, count, () => {
        const target = connect(sshd.port, '127.0.0.1');
        target.on('error', () => undefined);
        socket.pipe(target).pipe(socket);
      });
    }),
  );
};

describe('something else answers', () => {
  test('a web server', async () => {
    const error = await failure(await listening(createHttpServer()));
    expect(error).toMatchObject({ reason: 'handshake', problem: 'not-ssh', host: 'web-1' });
    expect(error.message).toMatch(/is a web server; it says: HTTP\/1\.1 400 Bad Request/);
  });

  test.each([
    ['220 mail.example ESMTP\r\n', /is no SSH server; it says: 220 mail\.example ESMTP/],
    ['\u001b[2Jyou\r\n\u202eare lost\r\n', /it says: you; are lost$/],
  ])('%j', async (words, message) => {
    const error = await failure(await saying(words));
    expect(error).toMatchObject({ problem: 'not-ssh' });
    expect(error.message).toMatch(message);
  });

  test('a server that never stops talking', async () => {
    const address = await listening(
      createServer((socket) => {
        socket.on('error', () => undefined);
        const talk = () => {
          while (socket.writable && socket.write(`${'x'.repeat(1000)}\r\n`));
        };
        socket.on('drain', talk);
        talk();
      }),
    );
    expect(await failure(address)).toMatchObject({ problem: 'not-ssh' });
  });

  test('one that says nothing, or half a word', async () => {
    expect((await failure(await saying('', 'wait'), 1)).message).toContain(
      'no SSH server says hello',
    );
    expect((await failure(await saying('SSH-2.0-Open', 'wait'), 1)).reason).toBe('timeout');
    expect((await failure(await saying('SSH-2.0-Mute\r\n', 'wait'), 1)).message).toContain(
      'the SSH server says hello, and no more',
    );
  });

  test('an SSH server of version 1', async () => {
    const error = await failure(await saying('SSH-1.5-Cisco-1.25\r\n', 'wait'));
    expect(error).toMatchObject({ problem: 'protocol' });
    expect(error.message).toMatch(/version 1 .*\(SSH-1\.5-Cisco-1\.25\)/);
  });

  test('an SSH server that goes on with garbage', async () => {
    const error = await failure(await saying(`SSH-2.0-Odd\r\n${'\0\u0001garbage'.repeat(50)}`));
    expect(error).toMatchObject({ problem: 'protocol' });
    expect(error.message).toContain('(SSH-2.0-Odd) failed');
  });
});

describe('a server that does not want us now', () => {
  test('drops some connections: it is asked again, and not counted as refused', async () => {
    const address = await before((socket, count, go) => (count > 3 ? go() : socket.end()));
    expect(await greetAt(address)).toBe('hello');
  });

  test('says that it has too many: it is asked again', async () => {
    const words = 'Exceeded MaxStartups\r\n';
    const address = await before((socket, count, go) => (count > 2 ? go() : socket.end(words)));
    expect(await greetAt(address)).toBe('hello');
  });

  test('drops every connection: that is said within its time', async () => {
    let count = 0;
    const address = await before((socket) => {
      count += 1;
      socket.resetAndDestroy();
    });
    const error = await failure(address, 3);
    expect(error).toMatchObject({ reason: 'handshake', problem: 'dropped' });
    expect(error.hint).toContain('MaxStartups');
    expect(count).toBeGreaterThan(2);
  });

  test('punishes us: it is not asked again', async () => {
    let count = 0;
    const address = await before((socket) => {
      count += 1;
      socket.end('Not allowed at this time\r\n');
    });
    const error = await failure(address);
    expect(error).toMatchObject({ reason: 'handshake', problem: 'penalised' });
    expect(error.hint).toContain('PerSourcePenalties');
    expect(count).toBe(1);
  });

  test('a login that is refused is not tried again', async () => {
    await client.configure('IdentityFile none\nIdentitiesOnly yes');
    let count = 0;
    const address = await before((_socket, number, go) => {
      count = number;
      go();
    });
    expect(await failure(address)).toMatchObject({ reason: 'auth' });
    expect(count).toBe(1);
  });
});

test('lines in front of the hello are skipped, in however many pieces they come', async () => {
  const lines = Array.from({ length: 20 }, (_, index) => `notice ${index}\r\n`).join('');
  const address = await before((socket, _count, go) => {
    socket.write(lines.slice(0, 30));
    setTimeout(() => {
      socket.write(lines.slice(30));
      go();
    }, 50);
  });
  expect(await greetAt(address)).toBe('hello');
});

test.each([
  ['KexAlgorithms', 'diffie-hellman-group-exchange-sha256', 'key exchange algorithm'],
  ['Ciphers', 'aes192-ctr', 'cipher'],
  ['MACs', 'umac-128@openssh.com', 'MAC'],
])('nothing in common by %s: what the server offers is named', async (keyword, value, name) => {
  const authorizedKeys = [await publicKey(key)];
  const more = keyword === 'MACs' ? ['Ciphers aes256-ctr'] : [];
  const odd = await scene.sshd({ authorizedKeys, config: [`${keyword} ${value}`, ...more] });
  await client.know(`* ${await odd.hostKey()}`);
  // Without an ssh client, nothing else is tried.
  const options = client.options();
  const settings = client.target(odd.address);
  const error: unknown = await connectSsh(settings, {
    ...options,
    env: { ...options.env, PATH: '/nonexistent' },
  }).catch((caught: unknown) => caught);
  const account = error instanceof HandshakeError ? error : (error as Error).cause;
  expect(account).toMatchObject({ problem: 'kex', host: 'web-1' });
  expect((account as Error).message).toContain(
    `have no ${name} in common: the server offers ${value}`,
  );
});
