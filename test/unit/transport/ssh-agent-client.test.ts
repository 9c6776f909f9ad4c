// What the agent client makes of agents that misbehave: a real socket, answers made by hand.
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { agentIdentities, agentSignature } from '../../../src/transport/login/ssh-agent-client.ts';
import { wireString, wireUint32 } from '../../../src/transport/ssh/ssh-wire.ts';

let directory: string;
let path: string;
let server: Server | undefined;
const open = new Set<Socket>();

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'occ-agent-'));
  path = join(directory, 'with a space', '..', 'agent.sock');
});
afterEach(async () => {
  vi.useRealTimers();
  for (const socket of open) socket.destroy();
  server?.close();
  server = undefined;
  await rm(directory, { recursive: true });
});

/** An agent that answers every request in the same way. */
async function agentThat(answers: (socket: Socket, request: Buffer) => void): Promise<void> {
  path = join(directory, 'agent socket');
  server = createServer((socket) => {
    open.add(socket);
    socket.on('data', (request: Buffer) => answers(socket, request));
    socket.on('error', () => undefined);
  }).listen(path);
  await once(server, 'listening');
}

const blob = wireString('ssh-ed25519');
const keys = (...blobs: Buffer[]): Buffer =>
  Buffer.concat([
    Buffer.of(12),
    wireUint32(blobs.length),
    ...blobs.flatMap((one) => [wireString(one), wireString('comment')]),
  ]);

describe('listing keys', () => {
  test('takes an answer that comes in pieces, and leaves out what is no key', async () => {
    const answer = wireString(keys(blob, Buffer.from('nonsense'), blob));
    await agentThat((socket) => {
      socket.write(answer.subarray(0, 3));
      setImmediate(() => socket.write(answer.subarray(3)));
    });
    const found = await agentIdentities(path);
    expect(found.map(({ type, comment }) => [type, comment])).toStrictEqual([
      ['ssh-ed25519', 'comment'],
      ['ssh-ed25519', 'comment'],
    ]);
  });

  test.each<[string, Buffer, RegExp]>([
    ['more bytes than it may send', wireUint32(300_000), /claims 300000 bytes/],
    ['nothing', wireUint32(0), /claims 0 bytes/],
    ['a refusal', wireString(Buffer.of(5)), /does not list/],
    ['more keys than it sends', wireString(Buffer.of(12, 0, 0, 0, 9)), /malformed/],
    ['countless keys', wireString(Buffer.of(12, 255, 255, 255, 255)), /4294967295 keys/],
    [
      'a key longer than the answer',
      wireString(Buffer.of(12, 0, 0, 0, 1, 9, 9, 9, 9)),
      /malformed/,
    ],
  ])('that claims %s is an error', async (_what, answer, message) => {
    await agentThat((socket) => socket.write(answer));
    await expect(agentIdentities(path)).rejects.toThrow(message);
  });

  test('of an agent that hangs up is an error', async () => {
    await agentThat((socket) => socket.end());
    await expect(agentIdentities(path)).rejects.toThrow('without an answer');
  });

  test('of an agent that is not there is an error', async () => {
    await expect(agentIdentities(join(directory, 'nobody'))).rejects.toThrow('ENOENT');
  });

  test('of an agent that says nothing ends after five seconds', async () => {
    const asked = new Promise<void>(
      (resolve) => void agentThat(() => resolve()).then(() => undefined),
    );
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    await vi.waitFor(() => expect(server?.listening).toBe(true));
    const listing = expect(agentIdentities(path)).rejects.toThrow('did not answer within 5 s');
    await asked;
    vi.advanceTimersByTime(5_000);
    await listing;
  });
});

describe('signing', () => {
  const signature = Buffer.concat([wireString('rsa-sha2-512'), wireString('made')]);

  test('asks for the signature that is wanted, and takes no other', async () => {
    const requests: Buffer[] = [];
    await agentThat((socket, request) => {
      requests.push(request);
      socket.write(wireString(Buffer.concat([Buffer.of(14), wireString(signature)])));
    });
    const made = await agentSignature(path, { blob }, Buffer.from('data'), 'rsa-sha2-512');
    expect(made).toStrictEqual(signature);
    expect(requests[0]?.subarray(-4)).toStrictEqual(Buffer.of(0, 0, 0, 4));
    await expect(
      agentSignature(path, { blob }, Buffer.from('data'), 'rsa-sha2-256'),
    ).rejects.toThrow('signed with rsa-sha2-512, not rsa-sha2-256');
    expect(requests[1]?.subarray(-4)).toStrictEqual(Buffer.of(0, 0, 0, 2));
  });

  test('that is refused is an error', async () => {
    await agentThat((socket) => socket.write(wireString(Buffer.of(5))));
    await expect(agentSignature(path, { blob }, blob, 'ssh-ed25519')).rejects.toThrow('refused');
  });
});
