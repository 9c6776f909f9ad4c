// host.trust: accepts the SSH host key of a host, compared by fingerprint or by a person.
import { z } from 'zod';
import { ConnectError, UsageError } from '../../errors.ts';
import type { ShownHostKey } from '../../hosts/host-key.ts';
import { localHost } from '../../hosts/local-host.ts';
import { inventoryOperation, type InventoryContext, type Plan } from '../operation.ts';
import type { View } from '../view.ts';
import { fingerprintField, requireFingerprint } from './fingerprint.ts';
import { requireHost } from './known-host.ts';

/** The key that is trusted now. */
export interface HostTrusted {
  readonly name: string;
  readonly keyType: string;
  readonly fingerprint: string;
  /** False when it was trusted already. */
  readonly added: boolean;
}

/** Trusts the key that a host shows. */
export const operation = inventoryOperation({
  name: 'host.trust',
  summary: 'Trust the SSH host key of a host',
  description:
    'Asks the host for its key and shows the fingerprint for you to compare, or compares it with --fingerprint. ' +
    "The key is kept in occ's own known_hosts; ~/.ssh/known_hosts is read and never changed.",
  examples: [
    { command: 'occ host trust web-1', explanation: 'shows the fingerprint and asks' },
    {
      command: 'occ host trust web-1 --fingerprint SHA256:5ZCx…',
      explanation: 'for scripts: trusts that key and no other',
    },
  ],
  input: z.object({
    name: z.string().describe('Name of the host'),
    fingerprint: fingerprintField.optional().describe('SHA-256 fingerprint that its key must have'),
  }),
  positionals: ['name'],
  effect: 'change',
  async plan(context, { name, fingerprint }): Promise<Plan<HostTrusted>> {
    requireHost(context.inventory, name);
    if (name === localHost) throw nothingToTrust();
    const key = await context.open(name).hostKey();
    if (fingerprint !== undefined) requireFingerprint(name, key, fingerprint);
    const apply = async () => {
      if (fingerprint === undefined) await ask(context, name, key);
      await key.trust();
    };
    const { keyType, trusted } = key;
    const result = { name, keyType, fingerprint: key.fingerprint, added: !trusted };
    return {
      steps: trusted ? [] : [{ summary: `trust ${keyType} ${key.fingerprint} of ${name}`, apply }],
      result: () => Promise.resolve(result),
    };
  },
  present: presentTrusted,
});

function nothingToTrust(): UsageError {
  return new UsageError(`${localHost} is this machine: there is no host key to trust`);
}

/** Not answered by `--yes`: agreeing to whatever key comes is what the comparison is there to prevent. */
async function ask({ prompter }: InventoryContext, host: string, key: ShownHostKey): Promise<void> {
  const { keyType, fingerprint } = key;
  const answer = await prompter.confirm(
    `${host} (${key.name}) shows this ${keyType} host key:\n${fingerprint}\nIs that the right one? Trust it from now on?`,
  );
  if (answer === true) return;
  const shown = `The host key ${keyType} ${fingerprint}`;
  if (answer === false) {
    throw new ConnectError('host-key-unknown', `${shown} was not accepted`, { host });
  }
  throw new ConnectError(
    'host-key-unknown',
    `${shown} is not known, and there is no terminal to ask`,
    {
      host,
      hint: `Compare the fingerprint with the host's own, then: occ host trust ${host} --fingerprint ${fingerprint}`,
    },
  );
}

function presentTrusted({ name, keyType, fingerprint, added }: HostTrusted): readonly View[] {
  const key = `${keyType} ${fingerprint}`;
  const text = added
    ? `${name} is trusted by its key ${key}`
    : `Nothing to do: ${name} is trusted already by its key ${key}`;
  return [{ kind: 'text', text }];
}
