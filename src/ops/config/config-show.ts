// config.show: the settings that hold for the selected hosts, and why.
import { z } from 'zod';
import { inventoryOperation } from '../operation.ts';
import type { View } from '../view.ts';
import { effectiveSettings, originCell, valueCell, type EffectiveSetting } from './effective.ts';

/** The settings of each selected host. */
export interface ShownConfig {
  readonly path: string;
  readonly hosts: readonly {
    readonly host: string;
    readonly settings: readonly EffectiveSetting[];
  }[];
}

/** Shows effective settings and where each comes from. */
export const operation = inventoryOperation({
  name: 'config.show',
  summary: 'Show the settings that hold, and where each comes from',
  description:
    'A value comes from the host, else from its last group that has it, else from "defaults", else it is built in.',
  examples: [
    { command: 'occ config show', explanation: 'settings of the default host' },
    {
      command: 'occ --host web-1 config show --json',
      explanation: 'settings of one host, as JSON',
    },
  ],
  input: z.object({}),
  effect: 'read',
  run({ inventory, selected }): Promise<ShownConfig> {
    const hosts = selected.map((host) => ({ host, settings: effectiveSettings(inventory, host) }));
    return Promise.resolve({ path: inventory.file, hosts });
  },
  present: ({ path, hosts }) => [
    { kind: 'text', text: { text: path, tone: 'dim' } },
    ...hosts.flatMap(({ host, settings }): View[] => [
      { kind: 'text', text: host },
      {
        kind: 'table',
        columns: ['key', 'value', 'from'],
        rows: settings.map((each) => [each.key, valueCell(each), originCell(each)]),
      },
    ]),
  ],
});
