// How the service of one host, or of many, is shown to a person.
import type { HostResult } from '../operation.ts';
import type { Cell, Tagged, View } from '../view.ts';
import { isUp, type Service } from './service.ts';

/** What start and restart say: one line for each host, and how to get there. */
export function presentStarted(results: readonly HostResult<Service>[]): readonly View[] {
  const lines = results.map(({ host, changed, value }): View => {
    const what = `${value.container} on ${host} is running and healthy`;
    const text = `${what}: ${value.url} as seen from that host`;
    return { kind: 'text', text: changed ? { text, tone: 'good' } : text };
  });
  const [first] = results;
  if (!first) return lines;
  const open = `In a browser of this machine: occ open ${first.host}`;
  return [...lines, { kind: 'text', text: { text: open, tone: 'dim' } }];
}

/** State and health in one word, coloured by what it means. */
export function stateCell(service: Pick<Service, 'state' | 'health'>): Tagged {
  const { state, health } = service;
  if (isUp(service)) return { text: health === 'healthy' ? 'healthy' : 'running', tone: 'good' };
  if (state === 'running') return { text: health, tone: health === 'starting' ? 'warn' : 'bad' };
  const text = state === 'exited' || state === 'created' ? 'stopped' : state;
  return { text, tone: 'bad' };
}

/** Names of the users; says so when there are none, because then nobody can log in. */
export function usersCell({ users }: Pick<Service, 'users'>): Cell {
  if (!users) return { text: 'unknown while it does not run', tone: 'dim' };
  if (users.length === 0) return { text: 'none: nobody can log in', tone: 'warn' };
  return users.map(({ name, enabled }) => (enabled ? name : `${name} (disabled)`)).join(', ');
}

/** Who can connect. */
export function exposureCell({ exposed }: Pick<Service, 'exposed'>): Cell {
  return exposed ? { text: 'open to the network', tone: 'warn' } : 'this host only';
}

/** Seconds as `3d 4h`, `4h 5m`, `5m 6s` or `6s`. */
export function durationText(seconds: number): string {
  const units: readonly (readonly [string, number])[] = [
    ['d', 86_400],
    ['h', 3600],
    ['m', 60],
    ['s', 1],
  ];
  const parts = units.map(([unit, size], index) => {
    const above = units[index - 1]?.[1] ?? Infinity;
    return { unit, count: Math.floor((seconds % above) / size) };
  });
  const first = parts.findIndex(({ count }) => count > 0);
  const shown = first === -1 ? parts.slice(-1) : parts.slice(first, first + 2);
  return shown.map(({ unit, count }) => `${count}${unit}`).join(' ');
}
