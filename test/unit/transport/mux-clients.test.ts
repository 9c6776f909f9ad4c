// Who is connected to a master, by the kernel's table of Unix sockets.
import { expect, test } from 'vitest';
import { clientsIn } from '../../../src/transport/mux/mux-clients.ts';

const table = `Num       RefCount Protocol Flags    Type St Inode Path
0000000000000000: 00000002 00000000 00010000 0001 01 130846 /home/a b/cm.TMgDSKCYQnCcuhh6
0000000000000000: 00000003 00000000 00000000 0001 03 130847 /home/a b/cm.TMgDSKCYQnCcuhh6
0000000000000000: 00000003 00000000 00000000 0001 03 130848 /home/a b/cm
0000000000000000: 00000003 00000000 00000000 0001 03 130849 /home/a b/cm2.TMgDSKCYQnCcuhh6
0000000000000000: 00000003 00000000 00000000 0001 03 130850 /home/a b/cm.short
0000000000000000: 00000003 00000000 00000000 0001 03 130851
`;

test('counts what is connected, under its name or the one that it was bound by', () => {
  expect(clientsIn(table, '/home/a b/cm')).toBe(2);
  expect(clientsIn(table, '/home/a b/cm2')).toBe(1);
  expect(clientsIn(table, '/home/a b/c')).toBe(0);
  expect(clientsIn('', '/home/a b/cm')).toBe(0);
});
