// Parsers of what host.test asks, on recorded answers.
import { expect, test } from 'vitest';
import { clockSkew, formatBytes, parseClock, parseDf } from '../../../../src/ops/host/probes.ts';

const gnu = `Filesystem     1024-blocks     Used Available Capacity Mounted on
overlay           65792556 21391452  41026928      35% /var/lib/docker`;
const macos = `Filesystem     1024-blocks      Used Available Capacity  Mounted on
/dev/disk3s1s1   971350180  10259376 512345678     2%    /`;
const spaces = `Filesystem 1024-blocks Used Available Capacity Mounted on
//nas/my share 1000 900 100 90% /srv/my docker`;
const full = `Filesystem 1024-blocks Used Available Capacity Mounted on
/dev/sda1 1000 1000 0 100% /`;

test.each([
  ['GNU', gnu, 65792556, 41026928],
  ['macOS', macos, 971350180, 512345678],
  ['names with spaces', spaces, 1000, 100],
  ['a full disk', full, 1000, 0],
])('reads df of %s', (_name, text, total, free) => {
  expect(parseDf(text)).toEqual({ total: total * 1024, free: free * 1024 });
});

test('refuses another answer of df', () => {
  expect(() => parseDf('df: unknown option')).toThrow('something else than expected');
  expect(() => parseDf('')).toThrow();
});

test('reads the clock', () => {
  expect(parseClock('1795437870')).toBe(1795437870);
  expect(() => parseClock('+%s')).toThrow();
});

test('a clock read in whole seconds within the time it took is right', () => {
  expect(clockSkew(100, 100_000, 100_400)).toBe(0);
  expect(clockSkew(100, 100_999, 101_400)).toBe(0);
  expect(clockSkew(100, 95_000, 95_100)).toBe(4_900);
  expect(clockSkew(100, 160_999, 161_500)).toBe(-60_000);
});

test('bytes in binary units', () => {
  expect([0, 1023, 1024, 5 * 1024 ** 3, 1536 * 1024 ** 3].map(formatBytes)).toEqual([
    '0 B',
    '1023 B',
    '1.0 KiB',
    '5.0 GiB',
    '1.5 TiB',
  ]);
});
