// Each bad inventory in test/fixtures/inventory/problems.json is reported at the right place, in the right words.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { InventoryError, type InventoryProblem } from '../../../src/errors.ts';
import { loadInventory } from '../../../src/hosts/load-inventory.ts';
import { tempDirectory } from './temp-dir.ts';

interface BadFile {
  readonly name: string;
  readonly text: string;
  readonly problems: readonly InventoryProblem[];
}

const fixtures = new URL('../../fixtures/inventory/problems.json', import.meta.url);
const badFiles = JSON.parse(await readFile(fixtures, 'utf8')) as readonly BadFile[];

async function load(content: string | Buffer) {
  const directory = await tempDirectory();
  const file = join(directory, 'inventory.yaml');
  await writeFile(file, content);
  return { file, inventory: loadInventory({ file, env: {}, cwd: directory, home: directory }) };
}

async function failure(promise: Promise<unknown>): Promise<InventoryError> {
  const error: unknown = await promise.catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(InventoryError);
  return error as InventoryError;
}

describe('a bad inventory', () => {
  it('has at least 25 kinds here', () => {
    expect(badFiles.length).toBeGreaterThanOrEqual(25);
  });

  // Resolved one by one, these take minutes.
  it('is reported when it has twenty thousand aliases', async () => {
    const { inventory } = await load(`a: &a 1\nb:\n${'- *a\n'.repeat(20_000)}`);
    expect((await failure(inventory)).message).toContain('found so many');
  });

  it.each(badFiles)('is reported: $name', async ({ text, problems }) => {
    const { file, inventory } = await load(text);
    const error = await failure(inventory);
    expect(error.problems).toEqual(problems);
    expect(error.file).toBe(file);
    expect(error.message.split('\n')).toHaveLength(problems.length);
    const [first] = problems;
    expect(error.message).toContain(`${file}:${first?.line}:${first?.column}: `);
  });

  it('is refused when it is larger than 1 MiB', async () => {
    const { inventory } = await load(`version: 1\n#${'x'.repeat(1024 * 1024)}\n`);
    expect((await failure(inventory)).message).toContain(
      'expected at most 1 MiB, found 1048589 bytes',
    );
  });

  it('is refused when it is not UTF-8', async () => {
    const { inventory } = await load(Buffer.from([0x61, 0xff, 0xfe]));
    expect((await failure(inventory)).message).toContain('expected UTF-8 text');
  });

  it('is refused when it is a directory', async () => {
    const directory = await tempDirectory();
    const place = { file: directory, env: {}, cwd: directory, home: directory };
    const error = await failure(loadInventory(place));
    expect(error.message).toBe(`${directory}: expected a file, found a directory`);
  });
});
