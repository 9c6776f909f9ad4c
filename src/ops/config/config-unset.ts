// config.unset: removes one setting from a layer of the inventory, so that the layers below show through.
import { z } from 'zod';
import { inventoryOperation, type Plan } from '../operation.ts';
import { chooseLayers, layerLabel } from './layers.ts';
import { keyField, writableKeyOf } from './setting-key.ts';
import {
  layersToChange,
  presentWritten,
  writtenSetting,
  type WrittenSetting,
} from './write-settings.ts';

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
  plan({ inventory, selected, explicitSelection }, input): Promise<Plan<WrittenSetting>> {
    const key = writableKeyOf(input.key);
    const layers = chooseLayers({ inventory, selected, explicitSelection }, key, input.group);
    const changing = layersToChange(inventory, layers, key, undefined);
    let after = inventory;
    const apply = async () => {
      after = await inventory.edit((edit) => changing.forEach((layer) => edit.unset(layer, key)));
    };
    const summary = `remove ${key} from ${changing.map(layerLabel).join(', ')}`;
    return Promise.resolve({
      steps: changing.length > 0 ? [{ summary, apply }] : [],
      result: () => Promise.resolve(writtenSetting(inventory, after, layers, key)),
    });
  },
  present: presentWritten,
});
