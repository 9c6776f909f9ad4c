// config.unset: removes one setting from a layer of the inventory, so that the layers below show through.
import { z } from 'zod';
import { inventoryOperation, type Plan } from '../operation.ts';
import { planChange } from './change-layers.ts';
import { chooseLayers } from './layers.ts';
import { keyField, writableKeyOf } from './setting-key.ts';
import { presentWritten, type WrittenSetting } from './write-settings.ts';

/** Unsets a key in `defaults`, in a group, or in each selected host. */
export const operation = inventoryOperation({
  name: 'config.unset',
  summary: 'Remove a setting, so that the default holds again',
  description:
    'Removes it from "defaults"; with --group from that group; with --host from each selected host.',
  examples: [
    { command: 'occ config unset port', explanation: 'back to the built-in port' },
    {
      command: 'occ --host web-1 config unset port',
      explanation: 'web-1 follows the others again',
    },
  ],
  input: z.object({
    key: keyField,
    group: z.string().optional().describe('Remove it from this group'),
  }),
  positionals: ['key'],
  effect: 'change',
  plan(context, input): Promise<Plan<WrittenSetting>> {
    const key = writableKeyOf(input.key);
    const layers = chooseLayers(context, key, input.group);
    const plan = planChange(context.inventory, layers, {
      key,
      value: undefined,
      summary: (places) => `remove ${key} from ${places}`,
      change: (edit, layer) => edit.unset(layer, key),
    });
    return Promise.resolve(plan);
  },
  present: presentWritten,
});
