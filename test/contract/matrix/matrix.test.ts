// The matrix: ssh beside occ, over one row per configuration, key, server and path. It is kept in docs/ssh-matrix.md.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { agree, compare, type Outcomes } from './row.ts';
import { configuration } from './rows-configuration.ts';
import { docker } from './rows-docker.ts';
import { hostKeys } from './rows-host-keys.ts';
import { keys } from './rows-keys.ts';
import { paths } from './rows-paths.ts';
import { servers } from './rows-servers.ts';
import { settings } from './rows-settings.ts';
import type { Row, Section } from './rows.ts';
import { asTable } from './table.ts';
import { makeWorld, type World } from './world.ts';

const sections: Section[] = [
  ...configuration,
  ...hostKeys,
  ...keys,
  ...servers,
  ...settings,
  ...paths,
  ...docker,
];

const outcomes = new Map<Row, Outcomes>();
let world: World;

beforeAll(async () => {
  world = await makeWorld();
  // Building the images takes minutes, once.
}, 900_000);
afterAll(() => world.stop());

describe.each(sections)('$title', ({ rows }) => {
  test.concurrent.for(rows)('$what', async (row, { expect: expectHere }) => {
    const found = await compare(await row.prepare(world));
    outcomes.set(row, found);
    expectHere(found).toSatisfy(
      (pair: Outcomes) => agree(pair) === (row.because === undefined),
      'ssh and occ come out alike, unless the row says why not',
    );
    expectHere(JSON.stringify(found)).not.toContain('?');
  });
});

test('the table in docs/ssh-matrix.md is what came out', async () => {
  expect(outcomes.size).toBe(sections.flatMap(({ rows }) => rows).length);
  await expect(await asTable(sections, outcomes)).toMatchFileSnapshot(
    '../../../docs/ssh-matrix.md',
  );
});
