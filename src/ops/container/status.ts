// status: how the service is on each host, read from the host itself.
import { z } from 'zod';
import { version } from '../../version.ts';
import { hostOperation, type HostContext, type HostResult } from '../operation.ts';
import type { Cell, View } from '../view.ts';
import { findInstance } from './instance.ts';
import { durationText, exposureCell, stateCell, usersCell } from './present-service.ts';
import { describeService, isUp, type Service } from './service.ts';

/** Status of one host. */
export interface Status extends Service {
  /** Version of the occ that asks. Another one in `image` means that `start` rebuilds it. */
  readonly occVersion: string;
  readonly uptimeSeconds: number | undefined;
  readonly mounts: readonly { readonly source: string; readonly target: string }[];
  readonly system: {
    readonly os: string;
    readonly arch: string;
    /** Version of the Docker Engine. */
    readonly docker: string;
  };
}

/** Reads the status of each host. It fails unless all of them run and are healthy. */
export const operation = hostOperation({
  name: 'status',
  summary: 'Show whether opencode runs and is healthy, and where',
  description:
    'Everything is read from the hosts. The exit code is 0 only when all selected hosts are healthy.',
  examples: [
    { command: 'occ status', explanation: 'of the default host, in detail' },
    { command: 'occ --all status', explanation: 'of every host, as a table' },
    { command: 'occ --all status --json', explanation: 'for programs' },
  ],
  input: z.object({}),
  effect: 'read',
  run: readStatus,
  isFailure: (status: Status) => !isUp(status),
  present: presentStatus,
});

async function readStatus(context: HostContext): Promise<Status> {
  const { host } = context;
  const finding = findInstance(host).then(({ current }) => current);
  // Nothing waits for an answer that it does not need: over a distance each wait costs a round trip.
  const [current, service, facts, docker] = await Promise.all([
    finding,
    describeService(context, finding),
    host.facts(),
    host.engine({ early: true }).then((engine) => engine.version()),
  ]);
  return {
    ...service,
    occVersion: version,
    uptimeSeconds: uptimeOf(service.startedAt),
    mounts: (current?.mounts ?? []).map(({ source, target }) => ({ source, target })),
    system: { os: facts.osName ?? facts.os, arch: facts.arch, docker: docker.version },
  };
}

/** By this machine's clock; a host whose clock is ahead has run for 0 seconds. */
function uptimeOf(startedAt: string | undefined): number | undefined {
  if (startedAt === undefined) return undefined;
  return Math.max(0, Math.floor((Date.now() - Date.parse(startedAt)) / 1000));
}

function presentStatus(results: readonly HostResult<Status>[]): readonly View[] {
  const [first, ...more] = results;
  if (!first) return [];
  return more.length === 0 ? [details(first)] : [overview(results)];
}

function overview(results: readonly HostResult<Status>[]): View {
  return {
    kind: 'table',
    columns: ['host', 'state', 'up', 'url', 'opencode', 'image', 'exposure', 'users'],
    rows: results.map(({ host, value }) => [
      host,
      stateCell(value),
      uptimeCell(value),
      value.url,
      value.opencodeVersion ?? '-',
      imageVersionCell(value),
      exposureCell(value),
      usersCell(value),
    ]),
  };
}

function details({ host, value }: HostResult<Status>): View {
  const { image, system } = value;
  return {
    kind: 'fields',
    title: host,
    fields: [
      { label: 'state', value: stateCell(value) },
      { label: 'up for', value: uptimeCell(value) },
      { label: 'url', value: value.url },
      { label: 'exposure', value: exposureCell(value) },
      { label: 'users', value: usersCell(value) },
      { label: 'opencode', value: value.opencodeVersion ?? '-' },
      { label: 'image', value: image?.ref ?? '-' },
      { label: 'image made by occ', value: imageVersionCell(value) },
      { label: 'container', value: value.container },
      ...value.mounts.map(({ source, target }) => ({
        label: 'volume',
        value: `${source} → ${target}`,
      })),
      { label: 'system', value: `${system.os}, ${system.arch}, Docker ${system.docker}` },
    ],
  };
}

function uptimeCell({ uptimeSeconds }: Status): Cell {
  return uptimeSeconds === undefined ? '-' : durationText(uptimeSeconds);
}

function imageVersionCell({ image, occVersion }: Status): Cell {
  if (!image) return '-';
  const made = image.occVersion ?? 'unknown';
  if (made === occVersion) return made;
  return { text: `${made}; this is occ ${occVersion}: start rebuilds it`, tone: 'warn' };
}
