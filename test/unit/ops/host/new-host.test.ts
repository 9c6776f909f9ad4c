// What `host add` makes of its arguments.
import { expect, test } from 'vitest';
import {
  addCommands,
  changeCommands,
  deriveName,
  differences,
  newHostOf,
} from '../../../../src/ops/host/new-host.ts';

test.each([
  ['ops@203.0.113.7:2222', '203.0.113.7'],
  ['ops@web-1', 'web-1'],
  ['web-1.example.org:22', 'web-1.example.org'],
  ['ssh://ops@web-1:2222', 'web-1'],
  ['ops@[2001:db8::1]:2222', '2001-db8-1'],
  ['2001:db8::1', '2001-db8-1'],
  ['[::1]:22', '1'],
  ['a@b@host', 'host'],
])('the name of %s is %s', (destination, name) => {
  expect(deriveName(destination)).toBe(name);
});

test.each(['', 'ops@', '@', ':22', '--', 'two words', 'a/b', '[]:22'])(
  'no name comes from %j',
  (destination) => {
    expect(() => deriveName(destination)).toThrow('cannot be the name of a host');
  },
);

test('a name is a name; a destination is the address as well', () => {
  expect(newHostOf({ name: 'web-1', group: [] })).toEqual({ name: 'web-1', entry: {} });
  expect(newHostOf({ name: 'ops@192.0.2.1:2222', group: ['a', 'b', 'a'], ssh_port: 22 })).toEqual({
    name: '192.0.2.1',
    entry: { address: 'ops@192.0.2.1:2222', ssh_port: 22, groups: ['a', 'b'] },
  });
});

test('the address is given once', () => {
  const input = { name: 'ops@192.0.2.1', address: '192.0.2.2', group: [] };
  expect(() => newHostOf(input)).toThrow('cannot be the name of a host');
});

test('local has no way to reach it', () => {
  expect(newHostOf({ name: 'local', group: ['g'] }).entry).toEqual({ groups: ['g'] });
  expect(() => newHostOf({ name: 'local', group: [], ssh_user: 'x' })).toThrow('no ssh_user');
});

test('only what was asked for is compared, and each difference has its command', () => {
  const existing = { address: 'ops@a', ssh_port: 22, port: 4000, groups: ['web'] };
  expect(differences(existing, {})).toEqual([]);
  expect(differences(existing, { address: 'ops@a', groups: ['web'] })).toEqual([]);
  const wanted = { address: 'ops@b', ssh_user: 'me', groups: ['gpu'] };
  expect(differences(existing, wanted)).toEqual([
    'address is ops@a, not ops@b',
    'ssh_user is not set, not me',
    'it is not in group gpu',
  ]);
  expect(changeCommands('w', existing, wanted)).toEqual([
    'occ --host w config set address ops@b',
    'occ --host w config set ssh_user me',
    'occ --host w config set groups web,gpu',
  ]);
});

test('the commands that add a host again hold everything that is known of it', () => {
  const entry = { address: 'ops@a', identity_file: '~/.ssh/k', port: 4000, groups: ['x', 'y'] };
  expect(addCommands({ name: 'w', entry })).toEqual([
    'occ host add w --address ops@a --identity-file ~/.ssh/k --group x --group y',
    'occ --host w config set port 4000',
  ]);
});

test('a password is asked for where that is said, and only then', () => {
  const web = { name: 'w', group: [] };
  expect(newHostOf({ ...web, password_login: true }).entry).toEqual({ password_login: true });
  expect(newHostOf({ ...web, password_login: false }).entry).toEqual({});
  expect(addCommands({ name: 'w', entry: { password_login: true } })).toEqual([
    'occ host add w --password-login',
  ]);
  expect(addCommands({ name: 'w', entry: { password_login: false } })).toEqual([
    'occ host add w',
    'occ --host w config set password_login false',
  ]);
});
