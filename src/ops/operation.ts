// What an operation is: a value from which the command, its help, its JSON and its plan all come.
import type { z } from 'zod';
import type { Emit } from '../events.ts';
import type { Host } from '../hosts/host.ts';
import type { Inventory } from '../hosts/inventory.ts';
import type { Prompter } from '../prompter.ts';
import type { View } from './view.ts';

/** `read` changes nothing; `change` can be undone by another command; `destroy` cannot, so it confirms. */
export type Effect = 'read' | 'change' | 'destroy';

/** A command line for help and documentation. */
export interface Example {
  /** Complete command line: `occ --host web-1 start`. */
  readonly command: string;
  /** What it does, in a few words. */
  readonly explanation: string;
}

/** One thing that a plan will do. */
export interface Step {
  /** Imperative, without the host: `create container opencode-cloud`. */
  readonly summary: string;
  apply(): Promise<void>;
}

/** What must be done. No steps: nothing to do. `result` is asked for after every step has been applied. */
export interface Plan<Result> {
  readonly steps: readonly Step[];
  result(): Promise<Result>;
  /** Called when a step failed, or the work was cancelled, after it began: puts back what can be put back. */
  undo?(): Promise<void>;
}

interface Context {
  readonly emit: Emit;
  readonly signal: AbortSignal;
  readonly prompter: Prompter;
  readonly inventory: Inventory;
}

/** What an operation on a host gets. */
export interface HostContext extends Context {
  readonly host: Host;
}

/** What an operation on the inventory gets. */
export interface InventoryContext extends Context {
  /** Names selected with `--host`, `--all` or by default; local included. */
  readonly selected: readonly string[];
  /** True when the user selected hosts on the command line. */
  readonly explicitSelection: boolean;
  /** `--yes`: do not ask. */
  readonly yes: boolean;
  /** Opens a host of `inventory` (default: this context's). The runner closes it. */
  open(name: string, inventory?: Inventory): Host;
}

interface OperationBase<Input extends z.ZodObject> {
  /** Noun and verb: `user.add`; a daily verb stands alone: `start`. */
  readonly name: string;
  /** One line, imperative, no full stop: it is read in lists. */
  readonly summary: string;
  /** More, where one line does not say it. */
  readonly description?: string;
  readonly examples: readonly Example[];
  /** Every field has a description; its name in kebab-case is the option. */
  readonly input: Input;
  /** Fields that are given by position, in this order. Only the last may be a list. */
  readonly positionals?: readonly (keyof z.infer<Input> & string)[];
  readonly effect: Effect;
  /** Shows its plan and asks before it does anything, as every `destroy` does. */
  readonly asksFirst?: boolean;
  /** True when it emits lines or lasts until it is cancelled; `--json` then prints JSON Lines. */
  readonly streams?: boolean;
}

/** Done once for each selected host, in parallel. */
export interface HostOperation<
  Input extends z.ZodObject,
  Result,
  Prepared = undefined,
> extends OperationBase<Input> {
  readonly scope: 'host';
  /** Hosts that its input names, as `--host` would. */
  hostsNamed?(input: z.infer<Input>): readonly string[];
  /** Done once before the hosts: asks for passwords, reads local files. */
  prepare?(
    context: Context & { readonly hosts: readonly string[] },
    input: z.infer<Input>,
  ): Promise<Prepared>;
  /** `read` operations only. */
  run?(context: HostContext, input: z.infer<Input>, prepared: Prepared): Promise<Result>;
  /** `change` and `destroy` operations only. Reads the state, changes nothing. The host's lock is held. */
  plan?(context: HostContext, input: z.infer<Input>, prepared: Prepared): Promise<Plan<Result>>;
  /** True when a result should make the exit code say failure although nothing threw. */
  isFailure?(result: Result): boolean;
  /** For people: all hosts that succeeded, in the order of selection. */
  present(results: readonly HostResult<Result>[], input: z.infer<Input>): readonly View[];
}

/** Done once, on the inventory (and hosts that it opens itself). */
export interface InventoryOperation<
  Input extends z.ZodObject,
  Result,
> extends OperationBase<Input> {
  readonly scope: 'inventory';
  run?(context: InventoryContext, input: z.infer<Input>): Promise<Result>;
  plan?(context: InventoryContext, input: z.infer<Input>): Promise<Plan<Result>>;
  isFailure?(result: Result): boolean;
  present(result: Result, input: z.infer<Input>): readonly View[];
}

/** What an operation answered on a host. */
export interface HostResult<Result> {
  readonly host: string;
  /** Whether any step was applied. Always false for `read`. */
  readonly changed: boolean;
  readonly value: Result;
}

/** Any operation, for code that handles them all alike. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- input, result and prepared differ per operation
export type AnyOperation = HostOperation<any, any, any> | InventoryOperation<any, any>;

/** Defines an operation on hosts; infers its types. */
export function hostOperation<Input extends z.ZodObject, Result, Prepared = undefined>(
  definition: Omit<HostOperation<Input, Result, Prepared>, 'scope'>,
): HostOperation<Input, Result, Prepared> {
  return { ...definition, scope: 'host' };
}

/** Defines an operation on the inventory; infers its types. */
export function inventoryOperation<Input extends z.ZodObject, Result>(
  definition: Omit<InventoryOperation<Input, Result>, 'scope'>,
): InventoryOperation<Input, Result> {
  return { ...definition, scope: 'inventory' };
}
