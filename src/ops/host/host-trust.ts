// host.trust: pins the SSH host keys of a host, compared by fingerprint or by a person.
import { z } from 'zod';
import { UsageError } from '../../errors.ts';
import type { OldHostKey, ShownHostKey, ShownHostKeys } from '../../hosts/host-key.ts';
import { localHost } from '../../hosts/local-host.ts';
import { inventoryOperation, type InventoryContext, type Plan } from '../operation.ts';
import type { View } from '../view.ts';
import { fingerprintField, listed } from './fingerprint.ts';
import { requireHost } from './known-host.ts';
import { askTrust, decideTrust } from './trust-decision.ts';

/** A key that is pinned now. */
export interface TrustedKey {
  readonly keyType: string;
  readonly fingerprint: string;
  readonly randomart: string;
  /** `TYPE BASE64`, as the inventory has it. */
  readonly key: string;
}

/** The keys that are trusted now. */
export interface HostTrusted {
  readonly name: string;
  readonly keys: readonly TrustedKey[];
  /** The inventory file that pins them. */
  readonly path: string;
  /** False when they were pinned already. */
  readonly added: boolean;
  /** Keys that the host had before and that are not trusted any more. */
  readonly replaced: readonly OldHostKey[];
}

/** Trusts the keys that a host shows. */
export const operation = inventoryOperation({
  name: 'host.trust',
  summary: 'Trust the SSH host keys of a host',
  description:
    'Asks the host for its keys and shows fingerprints and pictures for you to compare, or compares with --fingerprint. ' +
    'The keys are pinned in the inventory (host_keys); from then on no others are accepted, whatever known_hosts says. ' +
    'Keys that your known_hosts has already are pinned without a question. ~/.ssh/known_hosts is read and never changed.',
  examples: [
    { command: 'occ host trust web-1', explanation: 'shows the fingerprints and asks' },
    {
      command: 'occ host trust web-1 --fingerprint SHA256:5ZCx…',
      explanation: 'for scripts: trusts that key and no other',
    },
    {
      command: 'occ host trust web-1 --replace',
      explanation: 'after a reinstallation: forgets the old keys',
    },
  ],
  input: z.object({
    name: z.string().describe('Name of the host'),
    fingerprint: fingerprintField
      .optional()
      .describe('SHA-256 fingerprint that one of its keys must have; that key alone is pinned'),
    replace: z
      .boolean()
      .default(false)
      .describe('Put the keys in the place of others that are pinned or known'),
  }),
  positionals: ['name'],
  effect: 'change',
  async plan(context, { name, ...wish }): Promise<Plan<HostTrusted>> {
    requireHost(context.inventory, name);
    if (name === localHost) throw nothingToTrust();
    const shown = await context.open(name).hostKeys();
    const { keys, isDone, mustAsk } = decideTrust(name, shown, wish);
    const { file: path } = context.inventory;
    const result: HostTrusted = {
      name,
      keys: keys.map(trusted),
      path,
      added: !isDone,
      replaced: isDone ? [] : shown.old,
    };
    const apply = async () => {
      if (mustAsk) await askTrust(context.prompter, name, shown, keys);
      await pin(context, name, shown, keys);
    };
    return {
      steps: isDone ? [] : [{ summary: summaryOf(result), apply }],
      result: () => Promise.resolve(result),
    };
  },
  present: presentTrusted,
});

async function pin(
  { inventory }: InventoryContext,
  name: string,
  shown: ShownHostKeys,
  keys: readonly ShownHostKey[],
): Promise<void> {
  const texts = keys.map(({ text }) => text);
  await inventory.edit((edit) => edit.set({ host: name }, 'host_keys', texts));
  await shown.forgetOld();
}

function trusted({ keyType, fingerprint, randomart, text }: ShownHostKey): TrustedKey {
  return { keyType, fingerprint, randomart, key: text };
}

function nothingToTrust(): UsageError {
  return new UsageError(`${localHost} is this machine: there is no host key to trust`);
}

function summaryOf({ name, keys, path, replaced }: HostTrusted): string {
  const instead = replaced.length === 0 ? '' : ` instead of ${listed(replaced)}`;
  return `pin ${listed(keys)} of ${name} in ${path}${instead}`;
}

function presentTrusted({ name, keys, path, added, replaced }: HostTrusted): readonly View[] {
  const what = `${keys.length === 1 ? 'its key' : 'its keys'} ${listed(keys)}`;
  if (!added) return [{ kind: 'text', text: `Nothing to do: ${name} is trusted by ${what}` }];
  const files = [...new Set(replaced.flatMap(({ foreignFile }) => foreignFile ?? []))];
  return [
    { kind: 'text', text: `${name} is trusted by ${what}, pinned in ${path}` },
    ...(replaced.length === 0
      ? []
      : [{ kind: 'text', text: `Not trusted any more: ${listed(replaced)}` } as const]),
    ...files.map((file): View => {
      const text = `ssh itself still knows the old key: ${file}`;
      return { kind: 'text', text: { text, tone: 'warn' } };
    }),
  ];
}
