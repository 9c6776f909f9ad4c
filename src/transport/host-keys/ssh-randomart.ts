// A host key as a picture, as `ssh-keygen -lv` draws it: easier to recognise than a fingerprint is to read.
import { createHash } from 'node:crypto';
import { keyTypeOf, partsOf } from './ssh-host-key-blob.ts';

const width = 17;
const height = 9;

/** How often a place was visited, from never; then the start and the end of the walk. */
const symbols = ' .o+=*BOX@%&#/^SE';
const start = symbols.length - 2;
const end = symbols.length - 1;

/**
 * Eleven lines: a border with the kind and size of the key, the walk of the "drunken bishop" over the bits of its SHA-256
 * (Loss, Limmer, von Gernler: The drunken bishop, 2009), a border with the name of the hash.
 * @param key - in SSH wire format (RFC 4253, 6.6)
 */
export function randomartOf(key: Buffer): string {
  const field = walk(createHash('sha256').update(key).digest());
  const rows = Array.from({ length: height }, (_, row) => {
    const places = [...field.subarray(row * width, (row + 1) * width)];
    return `|${places.map((visits) => symbols[visits] ?? '').join('')}|`;
  });
  return [border(title(key)), ...rows, border('[SHA256]')].join('\n');
}

/** Each pair of bits, the lowest first, is one diagonal step; a wall stops the part of a step that leads into it. */
function walk(hash: Buffer): Uint8Array {
  const field = new Uint8Array(width * height);
  let x = Math.floor(width / 2);
  let y = Math.floor(height / 2);
  const origin = y * width + x;
  for (const byte of hash) {
    for (let shift = 0; shift < 8; shift += 2) {
      x = within(x + ((byte >> shift) & 1 ? 1 : -1), width);
      y = within(y + ((byte >> shift) & 2 ? 1 : -1), height);
      const place = y * width + x;
      field[place] = Math.min((field[place] ?? 0) + 1, start - 1);
    }
  }
  field[origin] = start;
  field[y * width + x] = end;
  return field;
}

function within(place: number, size: number): number {
  return Math.max(0, Math.min(place, size - 1));
}

function border(text: string): string {
  const left = '-'.repeat(Math.floor((width - text.length) / 2));
  return `+${(left + text).padEnd(width, '-')}+`;
}

function title(key: Buffer): string {
  const type = keyTypeOf(key);
  const [, first, second] = partsOf(key) ?? [];
  if (type === 'ssh-ed25519') return '[ED25519 256]';
  if (type === 'ssh-rsa') return `[RSA ${bitsOf(second)}]`;
  // The curve stands before the point: nistp256.
  if (type.startsWith('ecdsa-')) return `[ECDSA ${first?.toString('latin1').slice(5) ?? ''}]`;
  return '[KEY]';
}

/** Bits of a positive number (mpint, RFC 4251, 5). */
function bitsOf(number: Buffer | undefined): number {
  const hex = number?.toString('hex').replace(/^0+/, '') ?? '';
  return hex === '' ? 0 : BigInt(`0x${hex}`).toString(2).length;
}
