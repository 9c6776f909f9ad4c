// host.trust on real files and with real keys; the host that shows them is a stand-in.
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Host } from '../../../../src/hosts/host.ts';
import type { Inventory } from '../../../../src/hosts/inventory.ts';
import { shownKeysOf } from '../../../../src/hosts/host-key.ts';
import { operation as hostAdd } from '../../../../src/ops/host/host-add.ts';
import { operation as hostTrust } from '../../../../src/ops/host/host-trust.ts';
import {
  hostKeyName,
  judgeHostKey,
  parseKnownHosts,
} from '../../../../src/transport/host-keys/known-hosts.ts';
import { fingerprintOf } from '../../../../src/transport/host-keys/ssh-fingerprint.ts';
import { keyTypeOf } from '../../../../src/transport/host-keys/ssh-host-key-blob.ts';
import { parsePins, pinTextOf } from '../../../../src/transport/host-keys/ssh-pins.ts';
import { randomartOf } from '../../../../src/transport/host-keys/ssh-randomart.ts';
import { realInventory, runOn, type RealInventory } from '../config/real-inventory.ts';
import { scriptedPrompter } from '../user/scripted-prompter.ts';

const fleet = `version: 1
hosts:
  # the first one
  web-1:
    address: ops@192.0.2.1 # rented
`;

const field = (value: string | Buffer): Buffer => {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
};
const ed25519 = (): Buffer => Buffer.concat([field('ssh-ed25519'), field(randomBytes(32))]);
const rsa = (): Buffer =>
  Buffer.concat([field('ssh-rsa'), field(Buffer.from([1, 0, 1])), field(randomBytes(256))]);

const right = ed25519();
const rightRsa = rsa();
const old = ed25519();

/** A host that shows the keys; what the inventory pins and known_hosts says is judged as for a real one. */
function showing(shown: readonly Buffer[], { known = '', own = '', stateDir = '/state' } = {}) {
  return (name: string, inventory?: Inventory): Host => {
    const hostKeys = () => {
      const file = join(stateDir, 'known_hosts');
      const lines = [...parseKnownHosts(known, '/user/known_hosts'), ...parseKnownHosts(own, file)];
      const keyName = hostKeyName('192.0.2.1', 22);
      return Promise.resolve().then(() =>
        shownKeysOf(
          {
            place: { host: name, jump: undefined, hostname: '192.0.2.1', port: 22 },
            keyName,
            keys: shown.map((key) => ({
              keyType: keyTypeOf(key),
              fingerprint: fingerprintOf(key),
              key,
              verdict: judgeHostKey(lines, keyName, { key }),
            })),
            pins: parsePins(inventory?.settingsOf(name).host_keys, name) ?? [],
          },
          stateDir,
        ),
      );
    };
    return {
      name,
      hostKeys,
      facts: () => Promise.resolve({ os: 'linux', osName: 'Debian', arch: 'x86_64', user: 'ops' }),
      engine: () => Promise.resolve({ version: () => Promise.resolve({ version: '20.10.24' }) }),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    } as unknown as Host;
  };
}

const line = (key: Buffer): string => `192.0.2.1 ${pinTextOf(key)}\n`;
const pinsIn = async (inventory: RealInventory): Promise<readonly string[] | undefined> =>
  (await inventory.load()).settingsOf('web-1').host_keys;
const pinning = (...keys: readonly Buffer[]): string =>
  `${fleet}    host_keys:\n${keys.map((key) => `      - ${pinTextOf(key)}\n`).join('')}`;

/** Runs `host trust web-1`; the machine sees the inventory as it is. */
async function trust(
  inventory: RealInventory,
  input: { fingerprint?: string; replace?: boolean },
  keys: readonly Buffer[],
  more: Parameters<typeof showing>[1] & { answer?: boolean; dryRun?: boolean } = {},
) {
  const { answer, dryRun = false, ...files } = more;
  const loaded = await inventory.load();
  const { prompter, questions } = asking(answer);
  const open = showing(keys, files);
  const openHost = (name: string, given?: Inventory): Host => open(name, given ?? loaded);
  const ran = await runOn(
    inventory,
    hostTrust,
    { name: 'web-1', ...input },
    { openHost, prompter, dryRun },
  );
  return { ...ran, questions };
}

function asking(answer: boolean | undefined) {
  const questions: string[] = [];
  const prompter = {
    ...scriptedPrompter({}),
    confirm: (question: string) => {
      questions.push(question);
      return Promise.resolve(answer);
    },
  };
  return { prompter, questions };
}

describe('host.trust', () => {
  test('shows fingerprints and pictures, asks once, and pins every key; comments stay', async () => {
    const inventory = await realInventory(fleet);
    const { result, questions } = await trust(inventory, {}, [right, rightRsa], { answer: true });
    expect(questions).toHaveLength(1);
    for (const key of [right, rightRsa]) {
      expect(questions[0]).toContain(fingerprintOf(key));
      expect(questions[0]).toContain(randomartOf(key));
    }
    expect(await pinsIn(inventory)).toEqual([pinTextOf(right), pinTextOf(rightRsa)]);
    expect(await inventory.text()).toBe(pinning(right, rightRsa));
    expect(result).toMatchObject({
      name: 'web-1',
      added: true,
      replaced: [],
      path: inventory.file,
      keys: [
        { keyType: 'ssh-ed25519', fingerprint: fingerprintOf(right), key: pinTextOf(right) },
        { keyType: 'ssh-rsa' },
      ],
    });
    expect(JSON.stringify(hostTrust.present(result, { name: 'web-1', replace: false }))).toContain(
      inventory.file,
    );
  });

  test.each([
    ['a no', false, /were not accepted/],
    ['nobody to ask', undefined, /no terminal to ask/],
  ])('%s: nothing is written', async (_what, answer, message) => {
    const inventory = await realInventory(fleet);
    const more = answer === undefined ? {} : { answer };
    await expect(trust(inventory, {}, [right, rightRsa], more)).rejects.toMatchObject({
      reason: 'host-key-unknown',
      host: 'web-1',
      message: expect.stringMatching(message) as string,
    });
    expect(await inventory.text()).toBe(fleet);
  });

  test('a fingerprint pins the key that has it, and no other; nobody is asked', async () => {
    const inventory = await realInventory(fleet);
    const fingerprint = fingerprintOf(rightRsa);
    const { questions } = await trust(inventory, { fingerprint }, [right, rightRsa]);
    expect(questions).toEqual([]);
    expect(await pinsIn(inventory)).toEqual([pinTextOf(rightRsa)]);
  });

  test('a fingerprint that no key has is refused, with those that there are', async () => {
    const inventory = await realInventory(fleet);
    const attempt = trust(inventory, { fingerprint: fingerprintOf(old), replace: true }, [right]);
    await expect(attempt).rejects.toMatchObject({
      reason: 'host-key-changed',
      message: expect.stringContaining(fingerprintOf(right)) as string,
    });
    expect(await inventory.text()).toBe(fleet);
  });

  test('what known_hosts vouches for is pinned without a question, and nothing else', async () => {
    const inventory = await realInventory(fleet);
    const more = { known: line(right) };
    const { questions } = await trust(inventory, {}, [right, rightRsa], more);
    expect(questions).toEqual([]);
    expect(await pinsIn(inventory)).toEqual([pinTextOf(right)]);
  });

  test('pinned already: nothing to do', async () => {
    const text = pinning(right);
    const inventory = await realInventory(text);
    for (const input of [{}, { fingerprint: fingerprintOf(right) }]) {
      const { result, changed } = await trust(inventory, input, [right, rightRsa]);
      expect(changed).toBe(false);
      expect(result.added).toBe(false);
    }
    expect(await inventory.text()).toBe(text);
  });

  test('another key than pinned: refused with both, until it is to replace them', async () => {
    const text = pinning(old);
    const inventory = await realInventory(text);
    const keys = [right, rightRsa];
    for (const input of [{}, { fingerprint: fingerprintOf(right) }]) {
      await expect(trust(inventory, input, keys, { answer: true })).rejects.toMatchObject({
        reason: 'host-key-changed',
        message: expect.stringMatching(
          new RegExp(`${quoted(right)}.*${quoted(old)} \\(host_keys of the inventory\\)`),
        ) as string,
        hint: expect.stringContaining(
          `occ host trust web-1 --replace --fingerprint ${fingerprintOf(right)}`,
        ) as string,
      });
    }
    expect(await inventory.text()).toBe(text);
    const asked = await trust(inventory, { replace: true }, keys, { answer: false }).catch(
      (error: unknown) => error,
    );
    expect(asked).toMatchObject({ reason: 'host-key-unknown' });
    expect(await inventory.text()).toBe(text);
    const input = { replace: true, fingerprint: fingerprintOf(right) };
    const { result, questions } = await trust(inventory, input, keys);
    expect(questions).toEqual([]);
    expect(result.replaced).toMatchObject([{ fingerprint: fingerprintOf(old) }]);
    expect(await pinsIn(inventory)).toEqual([pinTextOf(right)]);
  });

  test('a second pin that changed is a contradiction; one that is shown no more is not', async () => {
    const changed = await realInventory(pinning(right, rsa()));
    await expect(trust(changed, {}, [right, rightRsa])).rejects.toMatchObject({
      reason: 'host-key-changed',
    });
    const dropped = await realInventory(pinning(right, rsa()));
    expect((await trust(dropped, {}, [right])).changed).toBe(false);
  });

  test("an old key in occ's own known_hosts goes, those of others and of other files stay", async () => {
    const inventory = await realInventory(fleet);
    const stateDir = join(dirname(inventory.file), 'state');
    const others = `192.0.2.2 ${pinTextOf(old)}\n[192.0.2.1]:2222 ${pinTextOf(old)}\n`;
    const own = `${others}${line(old)}@revoked * ${pinTextOf(rsa())}\n192.0.2.1,x ${pinTextOf(old)}`;
    await mkdir(stateDir);
    await writeFile(join(stateDir, 'known_hosts'), own);
    const more = { own, stateDir, known: line(old) };
    await expect(trust(inventory, {}, [right], more)).rejects.toMatchObject({
      reason: 'host-key-changed',
      message: expect.stringContaining('(/user/known_hosts:1)') as string,
      hint: expect.stringContaining('ssh-keygen -R 192.0.2.1 -f /user/known_hosts') as string,
    });
    const replaced = await trust(inventory, { replace: true }, [right], { ...more, answer: true });
    expect(replaced.questions[0]).toContain(fingerprintOf(old));
    expect(await pinsIn(inventory)).toEqual([pinTextOf(right)]);
    expect(await readFile(join(stateDir, 'known_hosts'), 'utf8')).toBe(own.replace(line(old), ''));
    const view = hostTrust.present(replaced.result, { name: 'web-1', replace: true });
    expect(JSON.stringify(view)).toContain('ssh itself still knows the old key: /user/known_hosts');
  });

  test('revoked keys are left out; when there is no other, that is the error', async () => {
    const inventory = await realInventory(fleet);
    const known = `@revoked * ${pinTextOf(right)}\n`;
    const fingerprint = fingerprintOf(right);
    await expect(
      trust(inventory, { fingerprint, replace: true }, [right, rightRsa], { known }),
    ).rejects.toMatchObject({
      reason: 'host-key-revoked',
      message: expect.stringContaining('/user/known_hosts:1') as string,
    });
    const { questions } = await trust(inventory, {}, [right, rightRsa], { known, answer: true });
    expect(questions[0]).toContain(
      `Left out, because revoked: ssh-ed25519 ${fingerprint} (/user/known_hosts:1)`,
    );
    expect(await pinsIn(inventory)).toEqual([pinTextOf(rightRsa)]);
    await expect(trust(inventory, {}, [right], { known })).rejects.toMatchObject({
      reason: 'host-key-revoked',
    });
  });

  test('a dry run shows the plan and asks nothing', async () => {
    const inventory = await realInventory(fleet);
    const { plan, questions } = await trust(inventory, {}, [right], { dryRun: true });
    expect(plan).toEqual([`pin ssh-ed25519 ${fingerprintOf(right)} of web-1 in ${inventory.file}`]);
    expect(questions).toEqual([]);
  });

  test('this machine has no host key', async () => {
    const inventory = await realInventory(fleet);
    await expect(runOn(inventory, hostTrust, { name: 'local' })).rejects.toMatchObject({
      code: 'usage',
    });
  });
});

describe('host.add with a fingerprint', () => {
  const input = { name: 'web-2', address: '192.0.2.1', group: ['web'] };

  test('pins the key that has it, and connects with that pin', async () => {
    const inventory = await realInventory(fleet);
    const opened: (readonly string[] | undefined)[] = [];
    const open = showing([right, rightRsa], { known: line(old) });
    const openHost = (name: string, given?: Inventory): Host => {
      opened.push(given?.settingsOf(name).host_keys);
      return open(name, given);
    };
    const fingerprint = fingerprintOf(rightRsa);
    const { result } = await runOn(inventory, hostAdd, { ...input, fingerprint }, { openHost });
    expect(opened).toEqual([undefined, [pinTextOf(rightRsa)]]);
    expect(result.entry.host_keys).toEqual([pinTextOf(rightRsa)]);
    expect((await inventory.load()).settingsOf('web-2').host_keys).toEqual([pinTextOf(rightRsa)]);
  });

  test('writes nothing when no key has it, and says so', async () => {
    const inventory = await realInventory(fleet);
    const openHost = showing([right]);
    const given = { ...input, fingerprint: fingerprintOf(old) };
    await expect(runOn(inventory, hostAdd, given, { openHost })).rejects.toMatchObject({
      reason: 'host-key-changed',
      message: expect.stringContaining(`not ${fingerprintOf(old)}`) as string,
    });
    expect(await inventory.text()).toBe(fleet);
  });

  test('cannot be compared without the connection', async () => {
    const inventory = await realInventory(fleet);
    const given = { ...input, fingerprint: fingerprintOf(right), test: false };
    await expect(runOn(inventory, hostAdd, given)).rejects.toMatchObject({ code: 'usage' });
  });
});

function quoted(key: Buffer): string {
  return fingerprintOf(key).replaceAll(/[+/.]/g, '\\$&');
}
