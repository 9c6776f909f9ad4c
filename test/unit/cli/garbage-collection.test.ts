// Which versions of Node.js are told how to collect garbage.
import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { markAlone } from '../../../src/cli/garbage-collection.ts';

function flagsFor(version: string): string[] {
  const flags: string[] = [];
  markAlone(version, (flag) => flags.push(flag));
  return flags;
}

test.each(['20.19.0', '22.23.3', '24.21.0'])('Node.js %s marks alone', (version) => {
  expect(flagsFor(version)).toEqual(['--no-concurrent-marking']);
});

test.each(['21.7.3', '23.1.0', '26.0.0'])(
  'Node.js %s was not tried, and stays as it is',
  (version) => {
    expect(flagsFor(version)).toEqual([]);
  },
);

test('the flag is one that this Node.js knows', () => {
  const options = execFileSync(process.execPath, ['--v8-options'], { encoding: 'utf8' });
  expect(options).toContain('--concurrent-marking ');
});
