// The programmatic API: the same operations, hosts and inventory that the command line uses.
export { registry, type OperationName } from './ops/registry.ts';
export { runOperation } from './ops/runner.ts';
export { resultsOf, type Answer, type RunReport, type RunRequest } from './ops/run-report.ts';
export type { HostOutcome } from './ops/fan-out.ts';
export type {
  AnyOperation,
  Effect,
  HostOperation,
  HostResult,
  InventoryOperation,
} from './ops/operation.ts';
export { loadInventory, type LoadOptions } from './hosts/load-inventory.ts';
export { selectHosts, type Selection } from './hosts/select.ts';
export { openHost } from './hosts/open-host.ts';
export { runtimeDirectory, stateDirectory, type RuntimeDirectory } from './hosts/state-dir.ts';
export type { Host, HostOptions } from './hosts/host.ts';
export type { HostSettings, InventoryData } from './hosts/inventory-schema.ts';
export type { Inventory, InventoryEdit } from './hosts/inventory.ts';
export { SshPool } from './transport/ssh/ssh-pool.ts';
export type { Emit, OccEvent } from './events.ts';
export type { Prompter } from './prompter.ts';
export { Secret } from './secret.ts';
export {
  CancelledError,
  CommandFailedError,
  ConnectError,
  DockerError,
  InventoryError,
  LockedError,
  OccError,
  TimeoutError,
  UnsupportedError,
  UsageError,
  type ConnectReason,
  type DockerReason,
  type ErrorDetails,
  type InventoryProblem,
} from './errors.ts';
export { version } from './version.ts';
