// What the facts script printed on several systems, and what it means. One JSON file per system.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseFacts, readFacts } from '../../../src/hosts/facts.ts';
import { loadInventory } from '../../../src/hosts/load-inventory.ts';
import { openHost } from '../../../src/hosts/open-host.ts';
import { LocalTransport } from '../../../src/transport/local-transport.ts';
import { run } from '../../../src/transport/run.ts';
import { scriptedPrompter } from '../ops/user/scripted-prompter.ts';
import { tempDirectory } from './temp-dir.ts';

interface Recorded {
  readonly description: string;
  readonly stdout: string;
  readonly facts: Record<string, unknown>;
}

const directory = new URL('../../fixtures/facts/', import.meta.url);
const recorded = readdirSync(directory).map(
  (name) => JSON.parse(readFileSync(new URL(name, directory), 'utf8')) as Recorded,
);

const outputOf = (text: string) => ({
  stdout: Buffer.from(text),
  stderr: Buffer.alloc(0),
  exitCode: 0,
});

describe('facts', () => {
  it.each(recorded)('$description', ({ stdout, facts }) => {
    const found = parseFacts(outputOf(stdout));
    expect({ ...found, cgroupVersion: found.cgroupVersion ?? null }).toEqual(facts);
  });

  it.each([
    ['os=Linux\narch=x\nuser=u\n', 'it has no uid'],
    ['os=Linux\narch=x\nuser=u\nuid=me\n', 'the user id is not a number'],
    ['', 'it has no uid'],
  ])('refuses %j', (text, message) => {
    expect(() => parseFacts(outputOf(text))).toThrow(message);
  });

  it('are read from a real machine', async () => {
    const transport = new LocalTransport({ host: 'local', env: process.env });
    const facts = await run(transport, readFacts()).finally(() => transport.close());
    expect(facts.os).toBe(process.platform);
    expect(facts.uid).toBe(process.getuid?.());
    expect(facts.init).toMatch(/^\S+$/);
  });

  it('are asked for once in a run', async () => {
    const directory = await tempDirectory();
    const env = { PATH: process.env['PATH'] };
    const inventory = await loadInventory({ env, cwd: directory, home: directory });
    const prompter = scriptedPrompter({});
    await using host = openHost(inventory, 'local', { env, prompter, stateDir: directory });
    const [first, second] = await Promise.all([host.facts(), host.facts()]);
    expect(second).toBe(first);
    expect(await host.facts()).toBe(first);
  });
});
