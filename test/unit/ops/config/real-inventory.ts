// A real inventory in a temporary directory, and a way to run an inventory operation on it.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { z } from 'zod';
import type { OccEvent } from '../../../../src/events.ts';
import type { Host } from '../../../../src/hosts/host.ts';
import type { Inventory } from '../../../../src/hosts/inventory.ts';
import { loadInventory } from '../../../../src/hosts/load-inventory.ts';
import type { InventoryOperation } from '../../../../src/ops/operation.ts';
import { runOperation } from '../../../../src/ops/runner.ts';
import type { RunReport } from '../../../../src/ops/run-report.ts';
import type { Prompter } from '../../../../src/prompter.ts';
import { scriptedPrompter } from '../user/scripted-prompter.ts';

/** An inventory file that the test owns. */
export interface RealInventory {
  readonly file: string;
  load(): Promise<Inventory>;
  text(): Promise<string>;
}

/** Writes the text, unless undefined, to a new directory that is removed after the test. */
export async function realInventory(text?: string): Promise<RealInventory> {
  const directory = await mkdtemp(join(tmpdir(), 'occ-cfg-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const file = join(directory, 'inventory.yaml');
  if (text !== undefined) await writeFile(file, text);
  return {
    file,
    load: () => loadInventory({ file, env: {}, cwd: directory, home: directory }),
    text: () => readFile(file, 'utf8'),
  };
}

/** How an operation is run; everything has a default. */
export interface RunOptions {
  readonly selected?: readonly string[];
  readonly prompter?: Prompter;
  readonly dryRun?: boolean;
  readonly openHost?: (name: string, inventory?: Inventory) => Host;
}

/** What came of it. `error` is what the operation threw. */
export interface Ran<Result> {
  readonly report: RunReport;
  readonly result: Result;
  readonly changed: boolean;
  readonly plan: readonly string[];
  readonly events: readonly OccEvent[];
}

/** Runs the operation as the command line does, through the runner. Rejects with what the operation throws. */
export async function runOn<Input extends z.ZodObject, Result>(
  inventory: RealInventory,
  operation: InventoryOperation<Input, Result>,
  input: z.input<Input>,
  options: RunOptions = {},
): Promise<Ran<Result>> {
  const events: OccEvent[] = [];
  const noHost = () => {
    throw new Error('this operation must not open a host');
  };
  const report = await runOperation(operation, {
    inventory: await inventory.load(),
    selected: options.selected ?? ['local'],
    explicitSelection: options.selected !== undefined,
    input: operation.input.parse(input),
    dryRun: options.dryRun ?? false,
    yes: false,
    emit: (event) => events.push(event),
    signal: new AbortController().signal,
    prompter: options.prompter ?? scriptedPrompter({}),
    openHost: options.openHost ?? noHost,
  });
  const [outcome] = report.outcomes;
  if (!outcome?.ok) throw outcome?.error ?? new Error('no outcome');
  const { changed, plan = [], result } = outcome.value;
  return { report, result: result as Result, changed, plan, events };
}
