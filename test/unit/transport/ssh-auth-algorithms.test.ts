// Which signature each key makes: never SHA-1, and what the configuration and the server both take.
import { expect, test } from 'vitest';
import { keyAlgorithm, keyFault } from '../../../src/transport/login/ssh-auth-algorithms.ts';
import type { PublicKey } from '../../../src/transport/login/ssh-public-key.ts';
import { wireMpint, wireString } from '../../../src/transport/ssh/ssh-wire.ts';

const anything = { pubkeyAcceptedAlgorithms: [], requiredRsaSize: 0 };
const only = (...pubkeyAcceptedAlgorithms: string[]) => ({ ...anything, pubkeyAcceptedAlgorithms });
const modern = ['ssh-ed25519', 'rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'];

function keyOf(type: string, bits = 2048): PublicKey {
  const modulus = Buffer.alloc(bits / 8, 0xff);
  const numbers = [wireMpint(Buffer.of(1, 0, 1)), wireMpint(modulus)];
  const blob = Buffer.concat([wireString(type), ...(type === 'ssh-rsa' ? numbers : [])]);
  return { type, blob, comment: '' };
}

const rsaCertificate = 'ssh-rsa-cert-v01@openssh.com';

test.each([
  ['ssh-rsa', anything, modern, 'OpenSSH_9.2p1', 'rsa-sha2-512'],
  ['ssh-rsa', only('rsa-sha2-256', 'rsa-sha2-512'), modern, 'OpenSSH_9.2p1', 'rsa-sha2-256'],
  ['ssh-rsa', anything, ['rsa-sha2-256'], 'dropbear_2022.83', 'rsa-sha2-256'],
  ['ssh-rsa', anything, ['ssh-rsa'], 'OpenSSH_7.4', 'rsa-sha2-512'],
  ['ssh-rsa', anything, ['ssh-rsa'], 'OpenSSH_6.6', undefined],
  ['ssh-rsa', anything, undefined, 'dropbear_2016.74', undefined],
  ['ssh-rsa', only('ssh-rsa'), modern, 'OpenSSH_9.2p1', undefined],
  [rsaCertificate, anything, modern, 'OpenSSH_9.2p1', 'rsa-sha2-512-cert-v01@openssh.com'],
  [rsaCertificate, anything, modern, 'OpenSSH_7.7', undefined],
  ['ssh-ed25519', anything, undefined, 'x', 'ssh-ed25519'],
  ['ssh-ed25519', only('rsa-sha2-512'), modern, 'x', undefined],
])('%s with %o and %o at %s is offered as %s', (type, rules, server, software, offered) => {
  expect(keyAlgorithm(keyOf(type), rules, server, software)?.offered).toBe(offered);
});

test('a certificate signs as its plain key does', () => {
  const sk = 'sk-ssh-ed25519-cert-v01@openssh.com';
  expect(keyAlgorithm(keyOf(sk), anything, modern, 'x')).toStrictEqual({
    offered: sk,
    signature: 'sk-ssh-ed25519@openssh.com',
  });
  expect(keyAlgorithm(keyOf(rsaCertificate), anything, modern, 'x')?.signature).toBe(
    'rsa-sha2-512',
  );
});

test.each([
  ['ssh-rsa', 2048, anything, undefined],
  ['ssh-rsa', 1024, anything, undefined],
  ['ssh-rsa', 1016, anything, 'an RSA key of 1016 bits (least: 1024)'],
  [
    'ssh-rsa',
    2048,
    { ...anything, requiredRsaSize: 3072 },
    'an RSA key of 2048 bits (least: 3072)',
  ],
  ['ssh-dss', 0, anything, 'ssh-dss keys are not supported'],
  ['ssh-xmss@openssh.com', 0, anything, 'ssh-xmss@openssh.com keys are not supported'],
  [
    'ssh-ed25519',
    0,
    only('rsa-sha2-512'),
    'PubkeyAcceptedAlgorithms of the ssh configuration leaves out ssh-ed25519',
  ],
])('%s of %i bits: %o → %s', (type, bits, rules, fault) => {
  expect(keyFault(keyOf(type, bits), rules)).toBe(fault);
});
