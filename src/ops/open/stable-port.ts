// The local port of each host's tunnel. The web UI keeps its state per origin, so a host's port must stay the same.
import { createHash } from 'node:crypto';

/** First port and how many: below the ephemeral ports of Linux (32768) and macOS (49152). */
const firstPort = 20_000;
const portCount = 10_000;

/**
 * The port of `host`, from its name alone, so that it is the same on every machine and needs no file. Should two names
 * come to the same port, the host that stands first in the inventory keeps it and the later one takes the next.
 * @param known - hosts of the inventory, in its order
 */
export function stablePort(host: string, known: readonly string[]): number {
  const place = known.indexOf(host);
  const before = place === -1 ? known : known.slice(0, place);
  const taken = new Set<number>();
  for (const name of before) taken.add(nextFree(firstChoice(name), taken));
  return nextFree(firstChoice(host), taken);
}

function firstChoice(name: string): number {
  return createHash('sha256').update(name).digest().readUInt32BE(0) % portCount;
}

/** Slots are counted from 0, so that the range can wrap around. */
function nextFree(slot: number, taken: ReadonlySet<number>): number {
  let free = slot;
  while (taken.has(firstPort + free)) free = (free + 1) % portCount;
  return firstPort + free;
}
