// open: brings a host's web UI to a port of this machine, through the transport, until it is interrupted.
import { once } from 'node:events';
import { z } from 'zod';
import { DockerError, UsageError, type OccError } from '../../errors.ts';
import { messageOf } from '../../thrown.ts';
import type { ContainerInfo } from '../../hosts/engine.ts';
import { openTunnel, type Tunnel } from '../../transport/tunnel.ts';
import { throwIfAborted } from '../abort.ts';
import { findInstance, running } from '../container/instance.ts';
import { connectAddress } from '../container/service-address.ts';
import { fanOut } from '../fan-out.ts';
import { requireHost } from '../host/known-host.ts';
import { gatewayPort } from '../image/layout.ts';
import { inventoryOperation, type InventoryContext } from '../operation.ts';
import { stablePort } from './stable-port.ts';

const input = z.object({
  host: z.string().optional().describe('Host whose web UI is opened; default: the selected hosts'),
  port: z
    .int()
    .min(1)
    .max(65_535)
    .optional()
    .describe('Local port; default: always the same one for that host'),
  print_url: z.boolean().default(false).describe('Print the URL only, open no browser'),
  browser: z.boolean().default(true).describe('Open the URL in the browser of this machine'),
});

/** What had been open. */
export interface Opened {
  readonly hosts: readonly { readonly host: string; readonly url: string }[];
}

/** Opens tunnels to the web UI of each host. Each emits `ready` with its URL. Lasts until the signal. */
export const operation = inventoryOperation({
  name: 'open',
  summary: 'Open the web UI of a host in the browser of this machine',
  description:
    'Listens on 127.0.0.1, on a port that is always the same for that host, and carries every connection to the ' +
    'host as long as the command runs. Nothing has to be open on the host but SSH.',
  examples: [
    { command: 'occ open', explanation: 'the default host' },
    { command: 'occ open web-1', explanation: 'one host' },
    { command: 'occ open web-1 --print-url', explanation: 'without a browser' },
  ],
  input,
  positionals: ['host'],
  effect: 'read',
  streams: true,
  run: openHosts,
  present: () => [],
});

async function openHosts(
  context: InventoryContext,
  { host, port }: z.infer<typeof input>,
): Promise<Opened> {
  const { signal } = context;
  const names = chooseHosts(context, host);
  if (port !== undefined && names.length > 1) {
    throw new UsageError('--port is for one host', {
      hint: 'Name the host: occ open HOST --port N',
    });
  }
  const open = (name: string) => openOne(context, name, port);
  const outcomes = await fanOut(names, { signal }, open);
  const opened = outcomes.flatMap((outcome) => (outcome.ok ? [outcome.value] : []));
  const failures = outcomes.flatMap((outcome) => (outcome.ok ? [] : [outcome.error]));
  try {
    report(context, failures, opened.length);
    if (!signal.aborted) await once(signal, 'abort');
  } finally {
    await Promise.all(opened.map(({ tunnel }) => tunnel.close()));
  }
  return { hosts: opened.map(({ name, url }) => ({ host: name, url })) };
}

/** One failure among several hosts is told; where nothing could be opened, it is the answer. */
function report(context: InventoryContext, failures: readonly OccError[], opened: number): void {
  const [first] = failures;
  if (opened === 0 && first) throw first;
  for (const { host = '', message, hint } of failures) {
    const text = hint === undefined ? message : `${message}. ${hint}`;
    context.emit({ type: 'notice', host, level: 'warning', message: text });
  }
}

function chooseHosts(context: InventoryContext, host: string | undefined): readonly string[] {
  if (host === undefined) return context.selected;
  requireHost(context.inventory, host);
  if (context.explicitSelection && !context.selected.includes(host)) {
    throw new UsageError(`"${host}" is not among the hosts selected with --host`, {
      hint: 'Leave out one of the two',
    });
  }
  return [host];
}

async function openOne(context: InventoryContext, name: string, wantedPort: number | undefined) {
  const { inventory, signal, emit } = context;
  const host = context.open(name);
  const instance = await findInstance(host);
  const endpoint = endpointOf(running(instance, name), name);
  const transport = await host.transport();
  // A dial that fails tells more than a browser's error page would.
  (await transport.dial(endpoint, { signal })).destroy();
  throwIfAborted(signal, name);
  const warn = (error: unknown) => {
    emit({
      type: 'notice',
      host: name,
      level: 'warning',
      message: `Connection failed: ${messageOf(error)}`,
    });
  };
  const port = wantedPort ?? stablePort(name, inventory.hostNames);
  const tunnel: Tunnel = await openTunnel(transport, endpoint, { port, onError: warn });
  const url = `http://127.0.0.1:${tunnel.port}`;
  emit({ type: 'ready', host: name, url });
  return { name, url, tunnel };
}

/** Where the gateway listens on its host, read from the container itself. */
function endpointOf({ name, ports }: ContainerInfo, host: string) {
  const published = ports.find(({ containerPort }) => containerPort === gatewayPort);
  if (published) {
    return { address: connectAddress(published.hostAddress), port: published.hostPort };
  }
  throw new DockerError('conflict', `Container ${name} publishes no port for the web UI`, {
    host,
    hint: `Make it anew: occ --host ${host} start --recreate`,
  });
}
