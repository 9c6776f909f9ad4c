// host.test: everything that occ needs of a host, step by step, with times and fixes.
import { z } from 'zod';
import type { Host } from '../../hosts/host.ts';
import { hostOperation } from '../operation.ts';
import { checks } from './checks.ts';
import { connectSteps } from './connect-steps.ts';
import { makeChecks } from './make-checks.ts';
import { hasPassed, skipped, type Check, type TestStep } from './test-step.ts';
import { presentTests } from './test-view.ts';

/** All checks of one host. */
export interface HostTest {
  readonly ok: boolean;
  /** Milliseconds in all: some checks are made side by side. */
  readonly ms: number;
  readonly steps: readonly TestStep[];
}

/** Tests each selected host. */
export const operation = hostOperation({
  name: 'host.test',
  summary: 'Test step by step whether a host has what occ needs',
  description:
    'Logs in anew, past connections that are kept, and tells each stage for each server on the way; then looks at shell, ' +
    'sudo, Docker, disk, clock and systemd. A failure or warning comes with the line to change or the command to run. ' +
    'Changes nothing.',
  examples: [
    { command: 'occ host test web-1', explanation: 'one host' },
    { command: 'occ --all host test', explanation: 'every host' },
  ],
  input: z.object({
    names: z
      .array(z.string())
      .default([])
      .describe('Hosts, as --host takes them; default: those selected'),
  }),
  positionals: ['names'],
  effect: 'read',
  hostsNamed: ({ names }) => names,
  run: ({ host, signal }) => testHost(host, checks, signal),
  isFailure: ({ ok }) => !ok,
  present: presentTests,
});

/**
 * Connects, then makes the checks. A failure is a step of the result.
 * @throws CancelledError when the signal is aborted
 */
export async function testHost(
  host: Host,
  list: readonly Check[],
  signal: AbortSignal,
): Promise<HostTest> {
  const start = performance.now();
  const connected = await connectSteps(host, signal);
  const { steps: way, failed } = connected;
  const applying = list.filter(({ sshOnly }) => sshOnly !== true || way.length > 0);
  const made =
    failed === undefined
      ? await makeChecks(host, applying, signal, way)
      : applying.map(({ name }) => skipped({ name }, failed));
  const steps = [...way, ...made];
  return { ok: steps.every(hasPassed), ms: Math.round(performance.now() - start), steps };
}
