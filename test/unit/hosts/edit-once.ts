// Run as a process of its own: adds hosts to an inventory, one edit each. Arguments: file, prefix, count.
import { argv } from 'node:process';
import { loadInventory } from '../../../src/hosts/load-inventory.ts';

const [file = '', prefix = '', count = '0'] = argv.slice(2);
const inventory = await loadInventory({ file, env: {}, cwd: '/', home: '/' });
for (let index = 1; index <= Number(count); index++) {
  await inventory.edit((edit) => edit.addHost(`${prefix}-${index}`, { port: 4000 + index }));
}
