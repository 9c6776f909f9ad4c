// The verifier that ssh2 calls: one boolean answer, whatever happens, and a key that is pinned.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConnectError } from '../../../src/errors.ts';
import type { Prompter } from '../../../src/prompter.ts';
import { Secret } from '../../../src/secret.ts';
import {
  hostKeyName,
  parseKnownHosts,
  type KnownHostLine,
} from '../../../src/transport/host-keys/known-hosts.ts';
import { ConnectDeadline } from '../../../src/transport/ssh/ssh-deadline.ts';
import {
  HostKeyCheck,
  type HostKeyContext,
} from '../../../src/transport/host-keys/ssh-host-key.ts';
import { parsePins } from '../../../src/transport/host-keys/ssh-pins.ts';

const encoded = 'AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f';
const key = Buffer.from(encoded, 'base64');
const other = Buffer.concat([key.subarray(0, -1), Buffer.from([0])]);

const asking = (confirm: Prompter['confirm']): Prompter => ({
  confirm,
  line: () => Promise.resolve(undefined),
  secret: () => Promise.resolve(undefined),
  stdinLine: () => Promise.resolve(new Secret('')),
});

let stateDir: string;
let deadline: ConnectDeadline;
beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'occ-host-key-'));
  deadline = new ConnectDeadline(60, () => ({ host: 'h', place: 'h' }));
});
afterEach(async () => {
  deadline[Symbol.dispose]();
  await rm(stateDir, { recursive: true });
});

function check(more: {
  known?: string;
  strict?: HostKeyContext['config']['strictHostKeyChecking'];
  batchMode?: boolean;
  confirm?: Prompter['confirm'];
  jump?: string;
  pins?: readonly string[];
  lines?: readonly KnownHostLine[];
  userFiles?: readonly string[];
}): HostKeyCheck {
  return new HostKeyCheck({
    place: { host: 'web-1', jump: more.jump, hostname: 'foo.ex', port: 22 },
    config: {
      keyName: hostKeyName('foo.ex', 22),
      strictHostKeyChecking: more.strict ?? 'ask',
      batchMode: more.batchMode ?? false,
      userKnownHostsFiles: more.userFiles ?? ['/known'],
    },
    known: more.lines ?? parseKnownHosts(more.known ?? '', '/known'),
    pins: parsePins(more.pins, 'web-1'),
    prompter: asking(more.confirm ?? (() => Promise.resolve(undefined))),
    deadline,
    stateDir,
  });
}

/** Every answer that the verifier gives until it has been quiet for two turns of the event loop. */
async function answers(checked: HostKeyCheck, shown: Buffer): Promise<unknown[]> {
  const given: unknown[] = [];
  const returned: unknown = (checked.verify as (...args: unknown[]) => unknown)(
    shown,
    (answer: unknown) => given.push(answer),
  );
  expect(returned).toBeUndefined();
  for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
  return given;
}

const stored = (): Promise<string> =>
  readFile(join(stateDir, 'known_hosts'), 'utf8').catch(() => '');

describe('HostKeyCheck', () => {
  test('a known key is accepted at once and not stored again', async () => {
    const checked = check({ known: `foo.ex ssh-ed25519 ${encoded}` });
    expect(await answers(checked, key)).toEqual([true]);
    await checked.store();
    expect(await stored()).toBe('');
  });

  test('a person accepts; it is stored on store() only, and a rekey does not ask again', async () => {
    const questions: string[] = [];
    const checked = check({
      confirm: (question) => {
        questions.push(question);
        return Promise.resolve(true);
      },
    });
    expect(await answers(checked, key)).toEqual([true]);
    expect(await stored()).toBe('');
    expect(await answers(checked, key)).toEqual([true]);
    expect(questions).toHaveLength(1);
    expect(questions[0]).toContain('SHA256:');
    await checked.store();
    expect(await stored()).toBe(`foo.ex ssh-ed25519 ${encoded}\n`);
  });

  test.each([
    ['/known', true],
    ['own', false],
  ])('a changed key in %s: a hint for ssh is given: %s', async (where, forSsh) => {
    const file = where === 'own' ? join(stateDir, 'known_hosts') : where;
    const lines = parseKnownHosts(`foo.ex ssh-ed25519 ${other.toString('base64')}`, file);
    const checked = check({ lines });
    expect(await answers(checked, key)).toEqual([false]);
    const { hint } = checked.failure as ConnectError;
    expect(hint).toContain('occ host trust web-1 --replace');
    expect(hint?.includes(`For ssh itself, as well: ssh-keygen -R foo.ex -f ${file}`)).toBe(forSsh);
    expect(hint?.includes('ssh-keygen')).toBe(forSsh);
  });

  test('another key at a rekey is refused', async () => {
    const checked = check({ known: `foo.ex ssh-ed25519 ${encoded}` });
    expect(await answers(checked, key)).toEqual([true]);
    expect(await answers(checked, other)).toEqual([false]);
    expect(checked.failure).toMatchObject({ reason: 'host-key-changed' });
  });

  test.each<[string, Parameters<typeof check>[0], string]>([
    ['nobody to ask', {}, 'host-key-unknown'],
    ['no', { confirm: () => Promise.resolve(false) }, 'host-key-unknown'],
    ['BatchMode', { batchMode: true, confirm: () => Promise.resolve(true) }, 'host-key-unknown'],
    ['strict', { strict: 'yes', confirm: () => Promise.resolve(true) }, 'host-key-unknown'],
    [
      'changed',
      { known: `foo.ex ssh-ed25519 ${other.toString('base64')}`, strict: 'no' },
      'host-key-changed',
    ],
    [
      'changed, accept-new',
      { known: `foo.ex ssh-ed25519 ${other.toString('base64')}`, strict: 'accept-new' },
      'host-key-changed',
    ],
    ['revoked', { known: `@revoked * ssh-ed25519 ${encoded}`, strict: 'no' }, 'host-key-revoked'],
    [
      'no file to learn in, accept-new',
      { userFiles: [], strict: 'accept-new' },
      'host-key-unknown',
    ],
    ['no file to learn in, no', { userFiles: [], strict: 'no' }, 'host-key-unknown'],
    [
      'no file to learn in, a person',
      { userFiles: [], confirm: () => Promise.resolve(true) },
      'host-key-unknown',
    ],
  ])('%s: one false, and nothing is stored', async (_what, more, reason) => {
    const checked = check(more);
    expect(await answers(checked, key)).toEqual([false]);
    expect(checked.failure).toMatchObject({ reason, host: 'web-1' });
    await checked.store();
    expect(await stored()).toBe('');
  });

  test.each<[string, Prompter['confirm']]>([
    ['rejects', () => Promise.reject(new Error('terminal gone'))],
    [
      'throws',
      () => {
        throw new Error('terminal gone');
      },
    ],
    ['answers another truth', () => Promise.resolve('yes' as unknown as boolean)],
  ])('a prompter that %s never lets a key in by accident', async (_what, confirm) => {
    expect(await answers(check({ confirm }), key)).toEqual([false]);
  });

  test.each<[string, unknown]>([
    ['1', 1],
    ['an empty object', {}],
    ['null', null],
    ['a promise of a promise that is no', Promise.resolve(false)],
  ])('the answer %s is no yes', async (_what, answer) => {
    const checked = check({ confirm: () => Promise.resolve(answer as boolean) });
    expect(await answers(checked, key)).toEqual([false]);
    await checked.store();
    expect(await stored()).toBe('');
  });

  test('an exception while judging is a no', async () => {
    const broken = {
      get marker(): never {
        throw new Error('broken line');
      },
      hosts: '*',
    } as unknown as KnownHostLine;
    const checked = check({ lines: [broken], strict: 'no' });
    expect(await answers(checked, key)).toEqual([false]);
    expect(checked.failure?.message).toBe('broken line');
  });

  test.each([Buffer.alloc(0), Buffer.from('no key'), Buffer.from([0, 0, 0, 200, 1])])(
    'what is no key is not known: %j',
    async (shown) => {
      expect(await answers(check({ known: `foo.ex ssh-ed25519 ${encoded}` }), shown)).toEqual([
        false,
      ]);
    },
  );

  test('the deadline passes while a person thinks: one no, and a late yes changes nothing', async () => {
    let say: (yes: boolean) => void = () => undefined;
    const stop = new AbortController();
    deadline[Symbol.dispose]();
    deadline = new ConnectDeadline(60, () => ({ host: 'h', place: 'h' }), stop.signal);
    const checked = check({ confirm: () => new Promise((resolve) => (say = resolve)) });
    const given = answers(checked, key);
    stop.abort();
    expect(await given).toEqual([false]);
    say(true);
    await new Promise((resolve) => setImmediate(resolve));
    await checked.store();
    expect(await stored()).toBe('');
  });

  test('an exception in what the answer starts is kept as the failure, and the answer comes once', async () => {
    const given: boolean[] = [];
    const checked = check({ confirm: () => Promise.resolve(true) });
    checked.verify(key, (accepted) => {
      given.push(accepted);
      throw new Error('the connection broke');
    });
    for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(given).toEqual([true]);
    expect(checked.failure?.message).toBe('the connection broke');
  });

  test.each(['accept-new', 'no'] as const)('%s accepts and stores a new key', async (strict) => {
    const checked = check({ strict });
    expect(await answers(checked, key)).toEqual([true]);
    await checked.store();
    expect(await stored()).toContain(encoded);
  });

  test('pins take the place of known_hosts: no other key, nothing asked, nothing stored', async () => {
    const pins = [`ssh-ed25519 ${encoded}`];
    const confirm = () => Promise.reject(new Error('asked'));
    const known = `foo.ex ssh-ed25519 ${other.toString('base64')}`;
    const pinned = check({ pins, confirm, known });
    expect(await answers(pinned, key)).toEqual([true]);
    expect(await answers(pinned, other)).toEqual([false]);
    await pinned.store();
    const refused = check({ pins, confirm, known, strict: 'no' });
    expect(await answers(refused, other)).toEqual([false]);
    expect(refused.failure).toMatchObject({
      reason: 'host-key-changed',
      message: expect.stringContaining('inventory pins (host_keys)') as string,
      hint: expect.stringContaining('occ host trust web-1 --replace') as string,
    });
    const revoked = check({ pins, confirm, known: `@revoked * ssh-ed25519 ${encoded}` });
    expect(await answers(revoked, key)).toEqual([false]);
    expect(revoked.failure).toMatchObject({ reason: 'host-key-revoked' });
    expect(await stored()).toBe('');
  });

  test('pins decide which algorithms are asked for', () => {
    const configured = ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'rsa-sha2-512', 'rsa-sha2-256'];
    const rsa = 'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAAgD/';
    expect(check({ pins: [rsa] }).algorithms(configured)).toEqual(['rsa-sha2-512', 'rsa-sha2-256']);
    expect(check({ pins: [`ssh-ed25519 ${encoded}`] }).algorithms(configured)).toEqual([
      'ssh-ed25519',
    ]);
    expect(check({}).algorithms(configured)).toEqual(configured);
    expect(() => parsePins([`ssh-rsa ${encoded}`], 'web-1')).toThrow(/damaged/);
    expect(() => parsePins(['ssh-ed25519 AAAA'], 'web-1')).toThrow(/damaged/);
  });

  test('a host that is known by many keys gets a message that ends', async () => {
    const line = `foo.ex ssh-ed25519 ${other.toString('base64')}\n`;
    const checked = check({ known: line.repeat(50) });
    expect(await answers(checked, key)).toEqual([false]);
    expect(checked.failure?.message).toContain('/known:4) and 46 more.');
  });

  test('the errors tell what to do, and which jump host it is', async () => {
    const target = check({});
    await answers(target, key);
    expect(target.failure).toMatchObject({
      message: expect.stringMatching(/web-1 \(foo\.ex:22\).*SHA256:/) as string,
      hint: expect.stringContaining('occ host trust web-1') as string,
    });
    const hop = check({ jump: 'bastion' });
    await answers(hop, key);
    expect(hop.failure?.message).toContain('jump host bastion');
    const changed = check({ known: `foo.ex ssh-ed25519 ${other.toString('base64')}` });
    await answers(changed, key);
    expect(changed.failure?.message).toContain('/known:1');
    expect((changed.failure as { hint?: string }).hint).toContain('ssh-keygen -R foo.ex -f /known');
  });
});
