// Which configurations occ's own SSH leaves to OpenSSH's client, and what it offers under a restriction.
import { expect, test } from 'vitest';
import { parseKnownHosts } from '../../../src/transport/host-keys/known-hosts.ts';
import { hostKeyName } from '../../../src/transport/host-keys/known-hosts.ts';
import {
  allowedAlgorithms,
  forbiddenBy,
} from '../../../src/transport/ssh/ssh-allowed-algorithms.ts';
import { parseSshConfig } from '../../../src/transport/ssh-config/ssh-config-parse.ts';
import type { SshConfig } from '../../../src/transport/ssh-config/ssh-config.ts';
import { needsOpenSsh } from '../../../src/transport/openssh/ssh-needs-openssh.ts';

const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE2KGjNYOjX3R2H5vFZ0f5qmWmMhZvYQGvKx8yT0pQ0r';

/** The defaults of OpenSSH 9.2, as far as they matter here, and more lines in front. */
function configOf(...lines: string[]): SshConfig {
  const printed = [
    ...lines,
    'hostname web-1.example',
    'port 22',
    'gssapiauthentication yes',
    'kexalgorithms sntrup761x25519-sha512@openssh.com,curve25519-sha256,ecdh-sha2-nistp256',
    'ciphers chacha20-poly1305@openssh.com,aes128-ctr,aes256-ctr,aes128-gcm@openssh.com',
    'macs umac-64-etm@openssh.com,hmac-sha2-256-etm@openssh.com,hmac-sha2-256',
    'hostkeyalgorithms ssh-ed25519-cert-v01@openssh.com,ssh-ed25519,rsa-sha2-512',
  ];
  const raw = parseSshConfig(printed.join('\n'));
  return { ...raw, agentSocket: undefined, keyName: hostKeyName(raw.hostname, raw.port) };
}

function need(lines: string[], known = '', isPinned = false): string | undefined {
  return needsOpenSsh({
    config: configOf(...lines),
    known: parseKnownHosts(known, 'known_hosts'),
    isPinned,
  });
}

test.each([
  [
    ['preferredauthentications gssapi-with-mic,publickey'],
    'PreferredAuthentications gssapi-with-mic',
  ],
  [
    ['preferredauthentications hostbased', 'hostbasedauthentication yes'],
    'PreferredAuthentications hostbased',
  ],
  [['kexalgorithms sntrup761x25519-sha512@openssh.com'], 'KexAlgorithms'],
  [['ciphers aes128-ctr'], 'Ciphers'],
  [['ciphers aes256-ctr', 'macs hmac-sha2-256'], 'MACs'],
  [['hostkeyalgorithms ssh-ed25519-cert-v01@openssh.com'], 'HostKeyAlgorithms'],
  [['knownhostscommand /usr/bin/keys %H'], 'KnownHostsCommand'],
  [['revokedhostkeys /etc/ssh/revoked'], 'RevokedHostKeys'],
  [['verifyhostkeydns ask'], 'VerifyHostKeyDNS'],
  [['pkcs11provider /usr/lib/opensc-pkcs11.so'], 'PKCS11Provider'],
  [['proxyusefdpass yes', 'proxycommand /usr/bin/pass-fd'], 'ProxyUseFdpass'],
])('%j is left to OpenSSH', (lines, why) => {
  expect(need(lines)).toBe(why);
});

test.each([
  [[]],
  [['preferredauthentications publickey,gssapi-with-mic']],
  [['preferredauthentications gssapi-with-mic', 'gssapiauthentication no']],
  [['preferredauthentications hostbased,publickey', 'hostbasedauthentication no']],
  // Every host key is verified, by ssh as well.
  [['hostname 127.0.0.1', 'nohostauthenticationforlocalhost yes']],
  [['proxyusefdpass yes']],
  [['macs hmac-sha2-256']],
])('%j is not', (lines) => {
  expect(need(lines)).toBeUndefined();
});

test('a host of which only an authority is known is left to OpenSSH, unless its key is pinned', () => {
  const authority = `@cert-authority *.example ${key}`;
  expect(need([], authority)).toBe('@cert-authority in known_hosts');
  expect(need([], authority, true)).toBeUndefined();
  expect(need([], `${authority}\nweb-1.example ${key}`)).toBeUndefined();
});

test('where keys are pinned, only what revokes one still needs OpenSSH', () => {
  expect(need(['knownhostscommand /bin/keys'], '', true)).toBeUndefined();
  expect(need(['revokedhostkeys /etc/ssh/revoked'], '', true)).toBe('RevokedHostKeys');
});

test('a restriction is kept, in the order of occ', () => {
  expect(allowedAlgorithms(configOf())).toEqual({
    kex: ['curve25519-sha256', 'ecdh-sha2-nistp256'],
    cipher: ['aes128-gcm@openssh.com', 'chacha20-poly1305@openssh.com', 'aes256-ctr'],
    hmac: ['hmac-sha2-256-etm@openssh.com'],
  });
});

test('without an allowed MAC, only ciphers that need none are offered', () => {
  const lists = configOf('macs hmac-sha2-256');
  expect(allowedAlgorithms(lists).cipher).toEqual([
    'aes128-gcm@openssh.com',
    'chacha20-poly1305@openssh.com',
  ]);
});

test('a list that is not known does not restrict', () => {
  const lists = { kexAlgorithms: [], ciphers: [], macs: [] };
  expect(allowedAlgorithms(lists).kex).toContain('diffie-hellman-group14-sha256');
  expect(forbiddenBy(lists)).toBeUndefined();
});
