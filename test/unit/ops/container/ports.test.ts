import { describe, expect, it } from 'vitest';
import { collides, parseListeners } from '../../../../src/ops/container/ports.ts';

// Recorded: `cat /proc/net/tcp /proc/net/tcp6` with listeners on 127.0.0.1:8080, 0.0.0.0:22, [::]:22, [::1]:3000,
// 127.0.0.2 as IPv4-mapped on port 9000, and one established connection.
const recorded = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 12345 1 0000000000000000 100 0 0 10 0
   1: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 12346 1 0000000000000000 100 0 0 10 0
   2: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 12347 1 0000000000000000 20 0 0 10 -1
  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000000000000:0016 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 12348 1 0000000000000000 100 0 0 10 0
   1: 00000000000000000000000001000000:0BB8 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 12349 1 0000000000000000 100 0 0 10 0
   2: 0000000000000000FFFF00000200007F:2328 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 12350 1 0000000000000000 100 0 0 10 0
`;

describe('parseListeners', () => {
  it('reads addresses and ports of listeners only', () => {
    expect(parseListeners(recorded)).toEqual([
      { address: '127.0.0.1', port: 8080 },
      { address: '0.0.0.0', port: 22 },
      { address: '0:0:0:0:0:0:0:0', port: 22 },
      { address: '0:0:0:0:0:0:0:1', port: 3000 },
      { address: '0:0:0:0:0:ffff:7f00:2', port: 9000 },
    ]);
  });

  it('reads nothing from nothing', () => {
    expect(parseListeners('')).toEqual([]);
  });
});

describe('collides', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1', true],
    ['127.0.0.1', '127.0.0.2', false],
    ['0.0.0.0', '127.0.0.1', true],
    ['127.0.0.1', '0.0.0.0', true],
    ['0:0:0:0:0:0:0:0', '127.0.0.1', true],
    ['0:0:0:0:0:0:0:1', '::1', true],
    ['0:0:0:0:0:0:0:1', '127.0.0.1', false],
    ['10.0.0.5', '::', true],
    ['0:0:0:0:0:ffff:7f00:2', '127.0.0.2', true],
  ])('a listener on %s and one on %s: %s', (taken, wanted, expected) => {
    expect(collides({ address: taken, port: 3000 }, wanted, 3000)).toBe(expected);
    expect(collides({ address: taken, port: 3001 }, wanted, 3000)).toBe(false);
  });
});
