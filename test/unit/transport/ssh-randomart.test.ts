// Pictures of keys: those of generated keys are what ssh-keygen draws.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fingerprintOf } from '../../../src/transport/host-keys/ssh-fingerprint.ts';
import { keyTypeOf } from '../../../src/transport/host-keys/ssh-host-key-blob.ts';
import { randomartOf } from '../../../src/transport/host-keys/ssh-randomart.ts';

function blob(...parts: readonly (string | Buffer)[]): Buffer {
  const strings = parts.map((part) => {
    const bytes = Buffer.from(part);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([length, bytes]);
  });
  return Buffer.concat(strings);
}

/** A modulus of exactly so many bits, as an mpint: a first bit that is set needs a zero before it. */
function modulus(bits: number): Buffer {
  const bytes = randomBytes(Math.ceil(bits / 8));
  const top = (bits - 1) % 8;
  bytes[0] = ((bytes[0] ?? 0) & (2 ** top - 1)) | (1 << top);
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) | 1;
  return top === 7 ? Buffer.concat([Buffer.alloc(1), bytes]) : bytes;
}

test('ssh-keygen draws the same for 2,000 keys', () => {
  const directory = mkdtempSync(join(tmpdir(), 'occ-randomart-'));
  try {
    const curves = ['256', '384', '521'].map((bits) => {
      const file = join(directory, bits);
      execFileSync('ssh-keygen', ['-q', '-t', 'ecdsa', '-b', bits, '-N', '', '-f', file]);
      const text = execFileSync('cat', [`${file}.pub`], { encoding: 'utf8' });
      return Buffer.from(text.split(' ')[1] ?? '', 'base64');
    });
    const keys = [
      ...curves,
      ...Array.from({ length: 1800 }, () => blob('ssh-ed25519', randomBytes(32))),
      ...Array.from({ length: 197 }, (_, index) =>
        blob('ssh-rsa', Buffer.from([1, 0, 1]), modulus(1024 + 15 * index)),
      ),
    ];
    const file = join(directory, 'keys');
    writeFileSync(
      file,
      keys.map((key) => `${keyTypeOf(key)} ${key.toString('base64')} c\n`).join(''),
    );
    const drawn = execFileSync('ssh-keygen', ['-l', '-v', '-f', file], { encoding: 'utf8' });
    const pictures = drawn.trimEnd().split(/\n(?=\d+ SHA256:)/);
    expect(pictures).toHaveLength(2000);
    for (const [index, key] of keys.entries()) {
      const [first = '', ...lines] = pictures[index]?.split('\n') ?? [];
      expect(first).toContain(` ${fingerprintOf(key)} `);
      expect(randomartOf(key), key.toString('base64')).toBe(lines.join('\n'));
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
});
