// config.get: one setting of the selected hosts.
import { z } from 'zod';
import { inventoryOperation } from '../operation.ts';
import type { View } from '../view.ts';
import { effectiveSetting, originCell, valueCell, type EffectiveSetting } from './effective.ts';
import { keyField, settingKeyOf } from './setting-key.ts';

/** One setting of each selected host. */
export interface GotSetting {
  readonly hosts: readonly ({ readonly host: string } & EffectiveSetting)[];
}

/** Prints the effective value of one setting. */
export const operation = inventoryOperation({
  name: 'config.get',
  summary: 'Print the value of a setting',
  description: 'Of one host: the value alone on its line, and nothing when it is not set.',
  examples: [
    { command: 'occ config get port', explanation: 'the value for the default host' },
    { command: 'occ --all config get port', explanation: 'the value for each host' },
  ],
  input: z.object({ key: keyField }),
  positionals: ['key'],
  effect: 'read',
  run({ inventory, selected, emit }, input): Promise<GotSetting> {
    const key = settingKeyOf(input.key);
    const hosts = selected.map((host) => ({ host, ...effectiveSetting(inventory, host, key) }));
    for (const { host } of hosts.filter(({ value }) => value === null)) {
      emit({ type: 'notice', host, level: 'info', message: `${key} is not set` });
    }
    return Promise.resolve({ hosts });
  },
  present: presentSetting,
});

function presentSetting({ hosts }: GotSetting): readonly View[] {
  const [first, ...others] = hosts;
  if (first && others.length === 0) {
    // A script reads this, so the words "not set" must not look like a value.
    return first.value === null ? [] : [{ kind: 'text', text: valueCell(first) }];
  }
  return [
    {
      kind: 'table',
      columns: ['host', first?.key ?? 'value', 'from'],
      rows: hosts.map((each) => [each.host, valueCell(each), originCell(each)]),
    },
  ];
}
