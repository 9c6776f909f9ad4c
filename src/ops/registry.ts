// The one list of operations. Adding an operation is its file, a line here, and its tests.
import type { AnyOperation } from './operation.ts';

/** Loads operations by name. Lazy, so that a command pays only for itself. */
export const registry = {
  logs: async () => (await import('./container/logs.ts')).operation,
  open: async () => (await import('./open/open.ts')).operation,
  restart: async () => (await import('./container/restart.ts')).operation,
  start: async () => (await import('./container/start.ts')).operation,
  status: async () => (await import('./container/status.ts')).operation,
  stop: async () => (await import('./container/stop.ts')).operation,
} satisfies Record<string, () => Promise<AnyOperation>>;

/** The name of an operation. */
export type OperationName = keyof typeof registry;
