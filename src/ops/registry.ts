// The one list of operations. Adding an operation is its file, a line here, and its tests.
import type { AnyOperation } from './operation.ts';

/** Loads operations by name. Lazy, so that a command pays only for itself. */
export const registry = {} satisfies Record<string, () => Promise<AnyOperation>>;

/** The name of an operation. */
export type OperationName = keyof typeof registry;
