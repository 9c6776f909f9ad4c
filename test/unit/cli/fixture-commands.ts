// Commands for tests of the command line, made from operations exactly as the real ones are.
import { z } from 'zod';
import { describeOperation } from '../../../scripts/generate/describe.ts';
import { hostOperation, inventoryOperation } from '../../../src/ops/operation.ts';

const none = () => [];
const done = () => Promise.resolve({ steps: [], result: () => Promise.resolve(undefined) });

export const start = hostOperation({
  name: 'start',
  summary: 'Start the service',
  examples: [{ command: 'occ --host web-1 start', explanation: 'on one host' }],
  input: z.object({ wait: z.boolean().default(true).describe('Wait until it is healthy') }),
  effect: 'change',
  plan: done,
  present: none,
});

export const logs = hostOperation({
  name: 'logs',
  summary: 'Show what the service printed',
  examples: [{ command: 'occ logs -f', explanation: 'until Ctrl-C' }],
  input: z.object({
    follow: z.boolean().default(false).describe('Go on').meta({ short: 'f' }),
    tail: z.int().min(0).default(100).describe('Lines from the end').meta({ short: 'n' }),
    since: z.string().optional().describe('Not older than this'),
    order: z.enum(['oldest', 'newest']).default('oldest').describe('What comes first'),
    no_cache: z.boolean().default(false).describe('A name that begins with no'),
  }),
  effect: 'read',
  streams: true,
  run: () => Promise.resolve(undefined),
  present: none,
});

export const userAdd = hostOperation({
  name: 'user.add',
  summary: 'Add a user',
  description: 'An existing user keeps the password.',
  examples: [{ command: 'occ user add alice', explanation: 'asks for the password' }],
  input: z.object({
    name: z.string().min(1).describe('Name of the user'),
    generate: z.boolean().default(false).describe('Make a password up'),
    groups: z.array(z.string()).default([]).describe('Groups to join'),
    shell: z.string().describe('Login shell'),
  }),
  positionals: ['name'],
  effect: 'change',
  plan: done,
  present: none,
});

export const userList = hostOperation({
  name: 'user.list',
  summary: 'List users',
  examples: [{ command: 'occ user list', explanation: 'everybody' }],
  input: z.object({}),
  effect: 'read',
  run: () => Promise.resolve([]),
  present: none,
});

export const configSet = inventoryOperation({
  name: 'config.set',
  summary: 'Change settings',
  examples: [{ command: 'occ config set port 3001', explanation: 'for every host' }],
  input: z.object({
    key: z.string().describe('Setting'),
    value: z.string().describe('New value'),
    more: z.array(z.string()).optional().describe('More keys and values'),
  }),
  positionals: ['key', 'value', 'more'],
  effect: 'change',
  plan: done,
  present: none,
});

/** The manifest of these. */
export const commands = [start, logs, userAdd, userList, configSet].map(describeOperation);

/** One of them by name. */
export function commandNamed(name: string) {
  const found = commands.find((command) => command.name === name);
  if (!found) throw new Error(`no fixture command ${name}`);
  return found;
}
