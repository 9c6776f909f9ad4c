// Which host key algorithms are offered, in which order.
import { expect, test } from 'vitest';
import {
  offeredAlgorithms,
  orderHostKeyAlgorithms,
} from '../../../src/transport/ssh/ssh-algorithms.ts';

const configured = [
  'ssh-ed25519-cert-v01@openssh.com',
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'sk-ssh-ed25519@openssh.com',
  'rsa-sha2-512',
  'rsa-sha2-256',
];

test.each([
  ['nothing known', [], ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'rsa-sha2-512', 'rsa-sha2-256']],
  [
    'RSA known',
    ['ssh-rsa'],
    ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-ed25519', 'ecdsa-sha2-nistp256'],
  ],
  [
    'two known: the order of the configuration among them',
    ['ecdsa-sha2-nistp256', 'ssh-ed25519'],
    ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'rsa-sha2-512', 'rsa-sha2-256'],
  ],
  [
    'an unknown type',
    ['ssh-dss'],
    ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'rsa-sha2-512', 'rsa-sha2-256'],
  ],
])('%s', (_what, known, expected) => {
  expect(orderHostKeyAlgorithms(configured, known)).toEqual(expected);
});

test('what the configuration leaves out is not offered, nor SHA-1 when it asks for it', () => {
  expect(orderHostKeyAlgorithms(['ssh-rsa', 'rsa-sha2-256'], [])).toEqual(['rsa-sha2-256']);
});

test('no key exchange that blocks the event loop', () => {
  expect(offeredAlgorithms(configured, []).kex.join()).not.toContain('group-exchange');
});
