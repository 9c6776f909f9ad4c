// host.disconnect: which connections are meant by names, by a selection and by --all. Their end is tested on real masters.
import { expect, test } from 'vitest';
import type { Host } from '../../../../src/hosts/host.ts';
import { operation as hostDisconnect } from '../../../../src/ops/host/host-disconnect.ts';
import { selectHosts } from '../../../../src/hosts/select.ts';
import { realInventory, runOn } from '../config/real-inventory.ts';

const fleet = 'version: 1\nhosts:\n  web-1: {}\n  web-2: {}\n';

/** Ends one connection wherever it is asked, and tells where that was. */
async function disconnect(names: readonly string[], host: readonly string[], all: boolean) {
  const inventory = await realInventory(fleet);
  const asked: string[] = [];
  const openHost = (name: string) =>
    ({
      kept: (of?: 'all') => {
        asked.push(of ?? name);
        return Promise.resolve({ count: 1, end: () => Promise.resolve(1) });
      },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    }) as unknown as Host;
  const selectors = [...host];
  const selected = selectHosts(await inventory.load(), { selectors, all, local: false });
  const input = { names: [...names] };
  const { result } = await runOn(inventory, hostDisconnect, input, { selected, openHost });
  return { asked, result };
}

test('names and a selection mean the connections to those hosts', async () => {
  expect((await disconnect(['web-2'], [], false)).asked).toEqual(['web-2']);
  const { asked, result } = await disconnect([], ['web-1'], false);
  expect(asked).toEqual(['web-1']);
  expect(result).toEqual({ hosts: ['web-1'], all: false, ended: 1 });
});

test('--all means every connection, those to jump hosts included', async () => {
  const { asked, result } = await disconnect([], [], true);
  expect(asked).toEqual(['all']);
  expect(result).toEqual({ hosts: [], all: true, ended: 1 });
});
