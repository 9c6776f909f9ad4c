// Public keys and certificates as data. The fixtures were made with ssh-keygen.
import { describe, expect, test } from 'vitest';
import {
  certificateFault,
  describeCertificate,
  parseCertificate,
} from '../../../src/transport/login/ssh-certificate.ts';
import {
  parsePublicKey,
  plainType,
  publicKeyOf,
  rsaBits,
  type PublicKey,
} from '../../../src/transport/login/ssh-public-key.ts';

const plain = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINwG+kHeEYmiAp1jgqHVwEFOqHU44dHNJS4x8yStmqWY';
const userCertificate =
  'ssh-ed25519-cert-v01@openssh.com AAAAIHNzaC1lZDI1NTE5LWNlcnQtdjAxQG9wZW5zc2guY29tAAAAIKuH4Rd8D+2tgaY/+qez2KDvwCQ1a0BsBnMyYga4UbgzAAAAINwG+kHeEYmiAp1jgqHVwEFOqHU44dHNJS4x8yStmqWYAAAAAAAAAAcAAAABAAAABWFsaWNlAAAAEQAAAANvcHMAAAAGZGVwbG95AAAAAGlVuQAAAAAAazbsgAAAAAAAAACCAAAAFXBlcm1pdC1YMTEtZm9yd2FyZGluZwAAAAAAAAAXcGVybWl0LWFnZW50LWZvcndhcmRpbmcAAAAAAAAAFnBlcm1pdC1wb3J0LWZvcndhcmRpbmcAAAAAAAAACnBlcm1pdC1wdHkAAAAAAAAADnBlcm1pdC11c2VyLXJjAAAAAAAAAAAAAAAzAAAAC3NzaC1lZDI1NTE5AAAAICS2wGW3ieDupU9zUhQLJiLukN3eT3icGvZ33RLyCkDFAAAAUwAAAAtzc2gtZWQyNTUxOQAAAEDFaBrDJihfQbuXWIUCMYe/jxEw9MjWslRRzpg/nrXXcc0betagxfBUs45G7ldiQk8KTx/9StPoPUKtPR38HI0B';
const hostCertificate =
  'ssh-ed25519-cert-v01@openssh.com AAAAIHNzaC1lZDI1NTE5LWNlcnQtdjAxQG9wZW5zc2guY29tAAAAILNjojNLO+z+oJBfvjuSiOKdlsuIL5IBDTnBdVsuNEMkAAAAINwG+kHeEYmiAp1jgqHVwEFOqHU44dHNJS4x8yStmqWYAAAAAAAAAAAAAAACAAAABWhvc3R5AAAABQAAAAFoAAAAAAAAAAD//////////wAAAAAAAAAAAAAAAAAAADMAAAALc3NoLWVkMjU1MTkAAAAgJLbAZbeJ4O6lT3NSFAsmIu6Q3d5PeJwa9nfdEvIKQMUAAABTAAAAC3NzaC1lZDI1NTE5AAAAQE9l0IOwTLNxbXg85kCx+Dwp+Gvdt2PbsgAjcdT8F4XoUxooJ4Rw0+WypB/pVZ2g8QdomzK0pyeo5XUR9Pu94AA=';
const rsa =
  'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQDiBwdJ4dJJ/8jXNdQsXC5yGFlYlr7brfcCnw4CnLIVxfaMbYCvj4OcB0aeDk92EbxcU7U9ZmAKgo14RdlvgxSXMhOSN96Fzqs6T4Pw+IM4AqxjqwE6f/NzQF2Y+6hib/ijlr1h+C0tuFF6FCR7iYqUKY6Xv4WcxAp3RtlP7C9VjdzvP2Ymg9YFEpLoJ5kZahgZnh9NDdFMqEOmEiECNrRF+lhU9hfKkMoyI9uB7/iSqDuK0VMnmJ67sschgnYVGUZz9tQONiiYoF8jEgP2Sz5SYTxW9/PxzoC1T6WLHzlZX9m6+azk55/E09VSHulJmfVr3I9k++TsHfki8CiBMNCQ2RU5kMBLXQRDlGNJFQGIkEhVjRI/1G2FdJhrbvKEaAuNo4Lx0p74Xu7rHsgeb1a/D18Kx3baVHylC+OZ7/XZ3sCXep/u0cunM3WcdjVkVOyDp4rBfrGxJGKMot/b6GMIOJEcC3Cs/iyD8cO+5EynRQn9CEf6shX818ruY3s2TCs=';

function key(line: string): PublicKey {
  const found = parsePublicKey(line);
  if (found === undefined) throw new Error('no key');
  return found;
}

describe('a line with a public key', () => {
  test('is read with its comment', () => {
    expect(parsePublicKey(`\n# mine\n${plain} ops@laptop of mine\r\n`)).toMatchObject({
      type: 'ssh-ed25519',
      comment: 'ops@laptop of mine',
    });
  });

  test.each([
    ['the wrong type', plain.replace('ssh-ed25519 ', 'ssh-rsa ')],
    ['no key', 'hello world'],
    ['something that is not base64', 'ssh-ed25519 AAAA%%%%'],
    ['a blob that is cut off', 'ssh-ed25519 AAAA'],
    ['nothing', ''],
  ])('that has %s is none', (_what, line) => {
    expect(parsePublicKey(line)).toBeUndefined();
  });

  test('a blob whose type is not a name is none', () => {
    expect(publicKeyOf(Buffer.from([0, 0, 0, 3, 27, 91, 65]))).toBeUndefined();
    expect(publicKeyOf(Buffer.from([255, 255, 255, 255]))).toBeUndefined();
  });
});

test.each([
  ['ssh-ed25519', 'ssh-ed25519'],
  ['ssh-rsa-cert-v01@openssh.com', 'ssh-rsa'],
  ['sk-ssh-ed25519-cert-v01@openssh.com', 'sk-ssh-ed25519@openssh.com'],
  ['sk-ecdsa-sha2-nistp256-cert-v01@openssh.com', 'sk-ecdsa-sha2-nistp256@openssh.com'],
])('%s is for %s', (type, expected) => {
  expect(plainType(type)).toBe(expected);
});

test('the bits of an RSA key', () => {
  expect(rsaBits(key(rsa))).toBe(3072);
  expect(rsaBits(key(plain))).toBeUndefined();
  expect(rsaBits({ type: 'ssh-rsa', blob: key(rsa).blob.subarray(0, 40) })).toBe(0);
});

describe('a certificate', () => {
  const certificate = parseCertificate(key(userCertificate));
  if (certificate === undefined) throw new Error('no certificate');

  test('says what it certifies, for whom and until when', () => {
    expect(certificate).toMatchObject({
      kind: 'user',
      keyId: 'alice',
      principals: ['ops', 'deploy'],
    });
    expect(certificate.plainBlob).toStrictEqual(key(plain).blob);
    expect(describeCertificate(certificate)).toBe(
      'certificate “alice”, valid until 2027-01-01 00:00 UTC, principals: ops, deploy',
    );
  });

  test.each([
    ['ops', '2026-06-01', undefined],
    ['ops', '2027-01-01', 'expired on 2027-01-01 00:00 UTC'],
    ['ops', '2025-12-31', 'is not valid before 2026-01-01 00:00 UTC'],
    ['root', '2026-06-01', 'is for ops, deploy, not for root'],
  ])('for %s on %s: %s', (user, day, fault) => {
    expect(certificateFault(certificate, user, new Date(day))).toBe(fault);
  });

  test('that is valid for ever has no end, and a time that no calendar holds is shown all the same', () => {
    const end = (validBefore: bigint | undefined) =>
      describeCertificate({ ...certificate, validBefore });
    expect(end(undefined)).toContain('valid for ever');
    expect(end(2n ** 63n)).toContain('valid until +275760-09-13');
  });

  test('of a host is told apart, and what is cut off is none', () => {
    expect(parseCertificate(key(hostCertificate))?.kind).toBe('host');
    const { type, blob } = key(userCertificate);
    // Type, nonce, key, serial, kind, name, two principals, two times: what is read ends there.
    const end = 36 + 36 + 36 + 8 + 4 + 9 + 4 + 7 + 10 + 16;
    expect(parseCertificate({ type, blob: blob.subarray(0, end) })).toBeDefined();
    for (let length = 0; length < end; length++) {
      expect(parseCertificate({ type, blob: blob.subarray(0, length) })).toBeUndefined();
    }
    expect(parseCertificate(key(plain))).toBeUndefined();
  });
});
