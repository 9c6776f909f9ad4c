// Who gets the right to use an engine that the scripts start.
import { expect, test } from 'vitest';
import { ownGroup } from '../../../scripts/lib/docker-group.mjs';

test('only the user, never everybody of a shared group', () => {
  expect(ownGroup('alice', 'alice')).toBe('alice');
  for (const group of ['users', 'staff', 'domain users', '']) {
    expect(() => ownGroup('alice', group)).toThrow('can become root');
  }
});
