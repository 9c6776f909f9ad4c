// Runs an operation: on every selected host or once on the inventory. Knows nothing of terminals and exit codes.
import type { z } from 'zod';
import { runHostOperation } from './host-runner.ts';
import { runInventoryOperation } from './inventory-runner.ts';
import type { AnyOperation, HostOperation, InventoryOperation } from './operation.ts';
import type { RunReport, RunRequest } from './run-report.ts';

/**
 * Runs an operation. Failures are outcomes of the report.
 * @throws OccError when it cannot begin at all: nobody to ask, a failing `prepare`
 */
export async function runOperation(
  operation: AnyOperation,
  request: RunRequest,
): Promise<RunReport> {
  const base = {
    operation: operation.name,
    scope: operation.scope,
    effect: operation.effect,
    dryRun: request.dryRun,
    declined: false,
  };
  const done =
    operation.scope === 'host'
      ? await runHostOperation(operation as HostOperation<z.ZodObject, unknown, unknown>, request)
      : await runInventoryOperation(operation as InventoryOperation<z.ZodObject, unknown>, request);
  return { ...base, ...done, interrupted: request.signal.aborted };
}
