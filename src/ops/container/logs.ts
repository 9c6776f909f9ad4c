// logs: what the service has written, and with --follow what it writes.
import { z } from 'zod';
import { begun } from '../../begun.ts';
import { hostOperation, type HostContext } from '../operation.ts';
import { existing, findInstance } from './instance.ts';
import { parseSince, sinceField } from './since.ts';

const input = z.object({
  follow: z
    .boolean()
    .default(false)
    .describe('Go on with new lines until interrupted')
    .meta({ short: 'f' }),
  tail: z
    .int()
    .min(0)
    .optional()
    .describe('Number of lines from the end; default: all')
    .meta({ short: 'n' }),
  timestamps: z.boolean().default(false).describe('Begin each line with its time'),
  since: sinceField
    .optional()
    .describe('Only lines after a time, or younger than a duration such as 10m'),
});

/** How the log ended. */
export interface LogSummary {
  /** Lines that were shown. */
  readonly lines: number;
}

/** Shows the logs of each host's container, as line events. */
export const operation = hostOperation({
  name: 'logs',
  summary: 'Show the logs of opencode and its gateway',
  description: 'All lines, as "docker logs" does, unless --tail or --since says less.',
  examples: [
    { command: 'occ logs --tail 50', explanation: 'the last 50 lines' },
    { command: 'occ --all logs --follow --since 10m', explanation: 'all hosts, each line tagged' },
  ],
  input,
  effect: 'read',
  streams: true,
  run: showLogs,
  present: () => [],
});

async function showLogs(
  context: HostContext,
  { follow, tail, timestamps, since }: z.infer<typeof input>,
): Promise<LogSummary> {
  const { host, emit, signal } = context;
  const after = since === undefined ? undefined : parseSince(since, new Date());
  const stop = new AbortController();
  const options = { follow, tail, timestamps, since: after };
  const engine = await host.engine({ early: true });
  const log = begun(
    engine.logs(host.settings.container_name, {
      ...options,
      signal: AbortSignal.any([signal, stop.signal]),
    }),
  );
  try {
    // Asked along with the log, of which nothing is shown before it is known whose it is.
    existing(await findInstance(host), host.name);
    let lines = 0;
    for await (const line of log) {
      emit({ type: 'line', host: host.name, ...line });
      lines += 1;
    }
    return { lines };
  } finally {
    stop.abort();
  }
}
