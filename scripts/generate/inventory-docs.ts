// src/hosts/inventory-schema.ts → docs/inventory.schema.json and docs/inventory.md.
import { z } from 'zod';
import {
  builtInSettings,
  hostSchema,
  inventorySchema,
  settingsSchema,
} from '../../src/hosts/inventory-schema.ts';

/** What the reference says of one key. */
interface KeySchema {
  readonly type?: string;
  readonly description?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly pattern?: string;
  readonly const?: string | number;
  readonly format?: string;
  readonly anyOf?: readonly KeySchema[];
}

/** JSON Schema 2020-12 of the file. */
export function inventoryJsonSchema(): string {
  const schema = z.toJSONSchema(inventorySchema, { io: 'input' });
  const titled = { title: 'opencode-cloud inventory', ...schema };
  return `${JSON.stringify(titled, undefined, 2)}\n`;
}

/** The reference for people. */
export function inventoryReference(): string {
  const settings = keysOf(settingsSchema);
  const shared = new Set(settings.map(([key]) => key));
  const hostOnly = keysOf(hostSchema).filter(([key]) => !shared.has(key));
  return [
    '# inventory.yaml\n',
    'Generated from `src/hosts/inventory-schema.ts` by `npm run generate`. Do not edit. Editors can check the file with',
    '[inventory.schema.json](inventory.schema.json).\n',
    'It is looked for in this order: `--inventory FILE`, `OCC_INVENTORY`, `./inventory.yaml`,',
    '`$XDG_CONFIG_HOME/opencode-cloud/inventory.yaml`. A host takes its settings from `defaults`, then from its groups',
    '(later ones win), then from itself. Unknown keys are errors. The host `local` is this machine and need not be named.',
    '\n## The file\n',
    table(keysOf(inventorySchema)),
    '\n## A host, besides settings\n',
    table(hostOnly),
    '\n## Settings: in `defaults`, in a group, in a host\n',
    table(settings),
    '',
  ].join('\n');
}

function keysOf(schema: z.ZodObject): readonly (readonly [string, KeySchema])[] {
  const json = z.toJSONSchema(schema, { io: 'input' });
  return Object.entries((json.properties ?? {}) as Record<string, KeySchema>);
}

function table(rows: readonly (readonly [string, KeySchema])[]): string {
  const defaults: Readonly<Record<string, unknown>> = builtInSettings;
  const cell = (text: string) => text.replaceAll('|', '\\|');
  return [
    '| Key | Value | Default | Meaning |\n| --- | --- | --- | --- |',
    ...rows.map(([key, schema]) => {
      const builtIn = key in defaults ? `\`${String(defaults[key])}\`` : '';
      return `| \`${key}\` | ${cell(valueOf(schema))} | ${builtIn} | ${cell(schema.description ?? '')} |`;
    }),
  ].join('\n');
}

function valueOf(schema: KeySchema): string {
  if (schema.const !== undefined) return `\`${String(schema.const)}\``;
  if (schema.anyOf) return schema.anyOf.map(valueOf).join(' or ');
  const { minimum, maximum } = schema;
  if (minimum !== undefined && maximum !== undefined) return `${minimum}–${maximum}`;
  if (schema.type === 'array') return 'list';
  if (schema.type === 'object') return 'mapping';
  if (schema.type === 'null') return 'nothing';
  return schema.type === 'string' ? (schema.format ?? 'text') : (schema.type ?? '');
}
