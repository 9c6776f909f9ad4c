// host.add: a new host for the inventory. Connects first, and writes only what works.
import { z } from 'zod';
import { UsageError } from '../../errors.ts';
import { storedPath, storedSshConfig } from '../../hosts/inventory-path.ts';
import { namePattern, nameRule } from '../../hosts/inventory-schema.ts';
import { inventoryOperation, type InventoryContext, type Plan, type Step } from '../operation.ts';
import type { View } from '../view.ts';
import { fingerprintField } from './fingerprint.ts';
import { entryOf } from './known-host.ts';
import {
  changeCommands,
  differences,
  newHostOf,
  type HostEntry,
  type NewHost,
} from './new-host.ts';
import { reach, withPin, type ReachedHost } from './reach.ts';

/** What became of the host. */
export interface HostAdded {
  readonly name: string;
  readonly path: string;
  readonly entry: HostEntry;
  /** False when the inventory had it already. */
  readonly added: boolean;
  /** Null when it was not tested. */
  readonly reached: ReachedHost | null;
}

const text = z.string().min(1).optional();
const input = z.object({
  name: z.string().min(1).describe('Name for the host, or its destination: [user@]host[:port]'),
  address: text.describe(
    'Where ssh finds it: [user@]host[:port] or an alias of your ssh configuration; default: its name',
  ),
  ssh_user: text.describe('Login name; default: what ssh would use'),
  ssh_port: z.int().min(1).max(65_535).optional().describe('SSH port; default: what ssh would use'),
  identity_file: text.describe('Private key on this machine to log in with'),
  proxy_jump: text.describe('Jump hosts, comma separated, each [user@]host[:port]; none for none'),
  ssh_config: text.describe('OpenSSH client configuration to read instead of ~/.ssh/config'),
  password_login: z
    .boolean()
    .default(false)
    .describe('Be asked for the password when keys do not log in; it is never stored'),
  group: z
    .array(z.string().regex(namePattern, nameRule))
    .default([])
    .describe('Group to put it in; a new one is declared. Repeat it for several'),
  fingerprint: fingerprintField
    .optional()
    .describe(
      'SHA-256 fingerprint of its host key, which is then pinned (host_keys) without asking',
    ),
  test: z.boolean().default(true).describe('Connect and check Docker before anything is written'),
});

/** Adds a host to the inventory. */
export const operation = inventoryOperation({
  name: 'host.add',
  summary: 'Add a machine to the inventory',
  description:
    'Connects to it and checks its Docker Engine; when that fails, nothing is written. ' +
    'A host key that is not known is shown for you to confirm. ' +
    'Nothing is installed on the host: it needs an SSH server and a Docker Engine.',
  examples: [
    { command: 'occ host add web-1', explanation: 'a name that your ssh configuration knows' },
    {
      command: 'occ host add ops@203.0.113.7:2222',
      explanation: 'a destination; the host is then called 203.0.113.7',
    },
    {
      command:
        'occ host add web-2 --address ops@203.0.113.8 --group web --identity-file ~/.ssh/web',
      explanation: 'a name of your own, in a group',
    },
  ],
  input,
  positionals: ['name'],
  effect: 'change',
  plan(context, given): Promise<Plan<HostAdded>> {
    const wanted = newHostOf(withStoredPaths(given, context.inventory.file));
    const existing = entryOf(context.inventory, wanted.name);
    const plan = existing
      ? planExisting(context, wanted, existing)
      : planNew(context, wanted, given);
    return Promise.resolve(plan);
  },
  present: presentAdded,
});

type Input = z.infer<typeof input>;

function withStoredPaths(given: Input, file: string): Input {
  const { identity_file, ssh_config } = given;
  return {
    ...given,
    identity_file: identity_file && storedPath(identity_file, file),
    ssh_config: ssh_config && storedSshConfig(ssh_config, file),
  };
}

/** @throws UsageError when the inventory says something else of the host */
function planExisting(
  { inventory }: InventoryContext,
  wanted: NewHost,
  existing: HostEntry,
): Plan<HostAdded> {
  const { name } = wanted;
  const found = differences(existing, wanted.entry);
  if (found.length > 0) {
    throw new UsageError(`${name} is in the inventory already: ${found.join('; ')}`, {
      hint: `Give the new host another name, or change this one:\n${changeCommands(name, existing, wanted.entry).join('\n')}`,
    });
  }
  const result = { name, path: inventory.file, entry: existing, added: false, reached: null };
  return { steps: [], result: () => Promise.resolve(result) };
}

function planNew(
  context: InventoryContext,
  wanted: NewHost,
  { test, fingerprint }: Pick<Input, 'test' | 'fingerprint'>,
): Plan<HostAdded> {
  const { inventory } = context;
  const { name } = wanted;
  if (!test && fingerprint !== undefined) throw notCompared(name, fingerprint);
  let host = wanted;
  let reached: ReachedHost | null = null;
  const connect: Step = {
    summary: `connect to ${name} and check its Docker Engine`,
    apply: async () => {
      if (fingerprint !== undefined) host = await withPin(context, wanted, fingerprint);
      reached = await reach(context, host);
    },
  };
  const write: Step = {
    summary: `add ${name} to ${inventory.file}`,
    apply: async () => {
      await inventory.edit((edit) => {
        const { address, groups, ...settings } = host.entry;
        groups?.forEach((group) => edit.addGroup(group));
        edit.addHost(name, { ...settings, ...(address && { address }), ...(groups && { groups }) });
      });
    },
  };
  return {
    steps: test ? [connect, write] : [write],
    result: () => {
      const { entry } = host;
      return Promise.resolve({ name, path: inventory.file, entry, added: true, reached });
    },
  };
}

function notCompared(name: string, fingerprint: string): UsageError {
  return new UsageError('--fingerprint needs the connection that --no-test leaves out', {
    hint: `Add the host first, then: occ host trust ${name} --fingerprint ${fingerprint}`,
  });
}

function presentAdded({ name, path, entry, added, reached }: HostAdded): readonly View[] {
  const place = entry.address === undefined ? '' : ` (${entry.address})`;
  if (!added)
    return [{ kind: 'text', text: `Nothing to do: ${name}${place} is in ${path} already` }];
  const next = {
    text: `Start opencode there with: occ --host ${name} start`,
    tone: 'dim',
  } as const;
  const found =
    reached &&
    `${reached.os}, ${reached.arch}, user ${reached.user}, Docker Engine ${reached.docker}`;
  return [
    { kind: 'text', text: `Added ${name}${place} to ${path}${found ? `\n${found}` : ''}` },
    { kind: 'text', text: next },
  ];
}
