// Colours: the one place that writes escape sequences for them.
import type { Tone } from '../ops/view.ts';

/** How a text is drawn. */
export type Look = Tone | 'strong';

/** Adds the sequences for a look, or none. */
export type Paint = (text: string, look: Look) => string;

const codes: Readonly<Record<Look, readonly [on: number, off: number]>> = {
  good: [32, 39],
  warn: [33, 39],
  bad: [31, 39],
  dim: [2, 22],
  strong: [1, 22],
};

/** A painter that colours, or one that leaves text as it is. */
export function painter(color: boolean): Paint {
  if (!color) return (text) => text;
  return (text, look) => {
    const [on, off] = codes[look];
    return text === '' ? '' : `\u001B[${on}m${text}\u001B[${off}m`;
  };
}

const hostColors = [36, 35, 34, 33, 32, 96, 95, 94] as const;

/** A painter for host names: neighbours in the list differ. */
export function hostPainter(hosts: readonly string[], color: boolean): (host: string) => string {
  if (!color) return (host) => host;
  return (host) => {
    const index = Math.max(0, hosts.indexOf(host)) % hostColors.length;
    return `\u001B[${hostColors[index] ?? 36}m${host}\u001B[39m`;
  };
}
