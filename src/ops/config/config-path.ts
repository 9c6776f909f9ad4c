// config.path: where the inventory is.
import { z } from 'zod';
import { inventoryOperation } from '../operation.ts';

/** Prints the path of the inventory that is in use. */
export const operation = inventoryOperation({
  name: 'config.path',
  summary: 'Print the path of the inventory',
  description: 'The file need not exist: it is made by the first command that writes to it.',
  examples: [
    { command: 'occ config path', explanation: 'the file that is in use' },
    { command: '$EDITOR "$(occ config path)"', explanation: 'edit it by hand' },
  ],
  input: z.object({}),
  effect: 'read',
  run: ({ inventory: { file, exists } }) => Promise.resolve({ path: file, exists }),
  present: ({ path }) => [{ kind: 'text', text: path }],
});
