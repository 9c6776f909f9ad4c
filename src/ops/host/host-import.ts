// host.import: takes over hosts that ssh, Ansible or docker know. Shows them first, and connects to none.
import { z } from 'zod';
import { namePattern, nameRule } from '../../hosts/inventory-schema.ts';
import type { Inventory, InventoryEdit } from '../../hosts/inventory.ts';
import { localHost } from '../../hosts/local-host.ts';
import type { SkippedHost } from '../../hosts/import-source.ts';
import { inventoryOperation, type InventoryContext, type Plan, type Step } from '../operation.ts';
import type { View } from '../view.ts';
import {
  importSources,
  matching,
  proposalOf,
  readHosts,
  type Proposal,
} from './host-import-source.ts';
import { entryOf } from './known-host.ts';
import { differences, type HostEntry } from './new-host.ts';

/** What became of the hosts. */
export interface HostsImported {
  /** File or directory that was read. */
  readonly source: string;
  /** The inventory. */
  readonly path: string;
  readonly added: readonly {
    readonly name: string;
    readonly entry: HostEntry;
    readonly remarks: readonly string[];
  }[];
  /** Those that the inventory had already, with what it says differently. They are left alone. */
  readonly present: readonly { readonly name: string; readonly differences: readonly string[] }[];
  readonly skipped: readonly SkippedHost[];
}

const input = z.object({
  pattern: z
    .array(z.string().min(1))
    .default([])
    .describe('Names to import, with * and ?; !NAME leaves out; default: all'),
  from: z
    .enum(importSources)
    .default('ssh')
    .describe(
      'Where the hosts are from: your ssh configuration, an Ansible inventory, docker contexts',
    ),
  file: z
    .string()
    .min(1)
    .optional()
    .describe(
      'File to read; default: ~/.ssh/config and /etc/ssh/ssh_config, /etc/ansible/hosts, or for docker the directory $DOCKER_CONFIG or ~/.docker',
    ),
  group: z
    .array(z.string().regex(namePattern, nameRule))
    .default([])
    .describe('Group to put them in, too; repeat it for several'),
});

type Input = z.infer<typeof input>;

/** Imports hosts into the inventory. */
export const operation = inventoryOperation({
  name: 'host.import',
  summary: 'Add the hosts of an ssh configuration, an Ansible inventory or docker contexts',
  description:
    'Shows what it would add, and adds it after a yes; hosts that the inventory has are left alone. ' +
    'Connects to none of them. Of an ssh configuration only the names are taken, not patterns: ssh goes on deciding what ' +
    'they mean. Of an Ansible inventory (INI, or YAML when it is named .yml or .yaml): groups, ansible_host, port, user, ' +
    'key and jump hosts, but not what group_vars and host_vars say. Of docker contexts: those with an ssh endpoint.',
  examples: [
    { command: 'occ host import', explanation: 'all names of ~/.ssh/config' },
    { command: "occ host import 'web-*' '!web-9' --group web", explanation: 'some of them' },
    {
      command: 'occ host import --from ansible --file hosts.ini --dry-run',
      explanation: 'show what an Ansible inventory would give',
    },
    {
      command: 'occ host import --from docker --yes',
      explanation: 'docker contexts, without asking',
    },
  ],
  input,
  positionals: ['pattern'],
  effect: 'change',
  asksFirst: true,
  plan,
  present: presentImported,
});

async function plan(context: InventoryContext, given: Input): Promise<Plan<HostsImported>> {
  const { inventory, emit } = context;
  const here = () => context.open(localHost).transport();
  const found = matching(await readHosts(given.from, given.file, here), given.pattern);
  const sorted = sort(
    inventory,
    found.hosts.map((host) => proposalOf(host, given.group, inventory.file)),
  );
  const skipped = [...found.skipped, ...sorted.skipped];
  const result = { source: found.source, path: inventory.file, ...sorted, skipped };
  for (const message of noticesOf(result)) {
    emit({ type: 'notice', host: '', level: 'warning', message });
  }
  const steps = sorted.added.length === 0 ? [] : stepsOf(inventory, sorted.added);
  return { steps, result: () => Promise.resolve(result) };
}

/** What a person should know before they agree. */
function noticesOf({ added, present, skipped }: HostsImported): string[] {
  return [
    ...skipped.map(({ name, reason }) => `${name} is left out: ${reason}`),
    ...present
      .filter((host) => host.differences.length > 0)
      .map(({ name, differences: some }) => `${name} is left as it is: ${some.join('; ')}`),
    ...added.flatMap(({ name, remarks }) => remarks.map((remark) => `${name}: ${remark}`)),
  ];
}

type Sorted = Pick<HostsImported, 'present' | 'skipped'> & { readonly added: readonly Proposal[] };

function sort(inventory: Inventory, proposals: readonly (Proposal | SkippedHost)[]): Sorted {
  const added = new Map<string, Proposal>();
  const present: { name: string; differences: readonly string[] }[] = [];
  const skipped: SkippedHost[] = [];
  for (const proposal of proposals) {
    if ('reason' in proposal) {
      skipped.push(proposal);
      continue;
    }
    const existing = entryOf(inventory, proposal.name);
    if (existing) {
      present.push({ name: proposal.name, differences: differences(existing, proposal.entry) });
    } else if (added.has(proposal.name)) {
      skipped.push({ name: proposal.name, reason: 'another host has that name already' });
    } else added.set(proposal.name, proposal);
  }
  return { added: [...added.values()], present, skipped };
}

/** One change of the file, all of them or none, and a line for each host. */
function stepsOf(inventory: Inventory, added: readonly Proposal[]): Step[] {
  const count = added.length === 1 ? 'a host' : `${added.length} hosts`;
  const write: Step = {
    summary: `add ${count} to ${inventory.file}`,
    apply: async () => {
      await inventory.edit((edit) => added.forEach((host) => addTo(edit, host)));
    },
  };
  const lines = added.map((host) => ({ summary: describe(host), apply: () => Promise.resolve() }));
  return [write, ...lines];
}

function addTo(edit: InventoryEdit, { name, entry }: Proposal): void {
  const { address, groups, ...settings } = entry;
  groups?.forEach((group) => edit.addGroup(group));
  edit.addHost(name, { ...settings, ...(address && { address }), ...(groups && { groups }) });
}

/** `web-1 (address 192.0.2.1, ssh_port 2222, groups web)` */
function describe({ name, entry }: Proposal): string {
  const parts = Object.entries(entry).map(
    ([key, value]) => `${key} ${Array.isArray(value) ? value.join(' ') : String(value)}`,
  );
  return parts.length === 0 ? name : `${name} (${parts.join(', ')})`;
}

function presentImported({
  source,
  path,
  added,
  present,
  skipped,
}: HostsImported): readonly View[] {
  const known = present.length === 0 ? '' : `; ${present.length} of its hosts were there already`;
  const left = skipped.length === 0 ? '' : `; ${skipped.length} left out`;
  if (added.length === 0) {
    const why = present.length + skipped.length === 0 ? ': it names no hosts' : `${known}${left}`;
    return [{ kind: 'text', text: `Nothing to do with ${source}${why}` }];
  }
  const next = {
    text: 'See whether they can be reached: occ --all host test',
    tone: 'dim',
  } as const;
  return [
    {
      kind: 'table',
      columns: ['host', 'address', 'groups'],
      rows: added.map(({ name, entry }) => [
        name,
        entry.address ?? name,
        (entry.groups ?? []).join(' '),
      ]),
    },
    { kind: 'text', text: `Added ${added.length} from ${source} to ${path}${known}${left}` },
    { kind: 'text', text: next },
  ];
}
