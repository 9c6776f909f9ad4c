// Which entry of an inventory a jump host is, for its pinned keys and passwords.
import { expect, test } from 'vitest';
import { answersFrom } from '../../../src/hosts/effective-settings.ts';
import type { InventoryData } from '../../../src/hosts/inventory-schema.ts';
import { passwordAtJump, pinsOfJump } from '../../../src/hosts/jump-entries.ts';

const data: InventoryData = {
  version: 1,
  groups: { inner: { ssh_port: 2200 } },
  hosts: {
    bastion: { address: 'ops@Gate.example', host_keys: ['ssh-ed25519 A'] },
    second: { address: 'gate.example:2222', host_keys: ['ssh-ed25519 B'] },
    inner: { address: '10.0.0.7', groups: ['inner'], host_keys: ['ssh-ed25519 C'] },
    six: { address: '[2001:db8::1]:22', host_keys: ['ssh-ed25519 D'] },
    bare: {},
    twin: { address: 'gate.example', host_keys: ['ssh-ed25519 A', 'ssh-rsa E'] },
  },
};

test.each<[string, readonly string[] | undefined]>([
  ['bastion', ['ssh-ed25519 A']],
  ['root@BASTION', ['ssh-ed25519 A']],
  ['bastion:22', ['ssh-ed25519 A']],
  ['bastion:2222', undefined],
  ['gate.example', ['ssh-ed25519 A', 'ssh-rsa E']],
  ['root@[gate.example]:2222', ['ssh-ed25519 B']],
  ['gate.example:2223', undefined],
  ['10.0.0.7', undefined],
  ['10.0.0.7:2200', ['ssh-ed25519 C']],
  ['inner', ['ssh-ed25519 C']],
  ['2001:db8::1', ['ssh-ed25519 D']],
  ['ssh://ops@[2001:db8::1]:22', ['ssh-ed25519 D']],
  ['bare', undefined],
  ['elsewhere.example', undefined],
])('%s', (jump, expected) => {
  expect(pinsOfJump(answersFrom(data))(jump)).toEqual(expected);
});

test('a password may be asked for where an entry that is meant says so', () => {
  const asks = passwordAtJump(
    answersFrom({
      version: 1,
      groups: { typed: { password_login: true } },
      hosts: { bastion: { address: 'gate.example', groups: ['typed'] }, other: {} },
    }),
  );
  const jumps = ['bastion', 'ops@gate.example:22', 'gate.example:2222', 'other', 'elsewhere'];
  expect(jumps.map(asks)).toEqual([true, true, false, false, false]);
});
