// When a window grows, and how much of them all together.
import { describe, expect, test } from 'vitest';
import { StallMeter } from '../../../src/transport/ssh/ssh-window-stalls.ts';
import { WindowBudget } from '../../../src/transport/ssh/ssh-window.ts';

const windowBytes = 1024;
const quarter = 256;

/** A server, a network and a reader in one, by the clock of the test. */
class Line {
  now = 0;
  readonly meter = new StallMeter(() => this.now);
  #left = windowBytes;

  /** A packet after some milliseconds; the reader takes it at once. True when the window held things up. */
  packet(bytes: number, afterMs: number): boolean {
    this.now += afterMs;
    this.#left -= bytes;
    const stalled = this.meter.received(bytes, windowBytes);
    if (windowBytes - this.#left >= quarter) {
      this.meter.granting(this.#left);
      this.#left = windowBytes;
    }
    return stalled;
  }
}

/** Packets of 16 bytes, each after its own delay; how often the window was to blame. */
function stalls(delays: readonly number[]): number {
  const line = new Line();
  return delays.filter((afterMs) => line.packet(16, afterMs)).length;
}

/** One windowful of packets, of which one comes late. */
function windowful(late: number, afterMs: number): number[] {
  return Array.from({ length: 64 }, (_, packet) => (packet === late ? afterMs : 0));
}

const times = (count: number, delays: number[]): number[] =>
  Array.from({ length: count }, () => delays).flat();

describe('a window holds a server up', () => {
  test('when it waits where the window ended', () => {
    expect(stalls(times(8, windowful(0, 20)))).toBeGreaterThan(4);
  });

  test('not when packets come evenly, however slowly', () => {
    expect(stalls(times(256, [100]))).toBe(0);
  });

  test('not when it waits for less than 8 ms in all', () => {
    expect(stalls(times(8, windowful(0, 7)))).toBe(0);
  });

  test('not when it waits between the ends of the window', () => {
    expect(stalls(times(8, windowful(5, 20)))).toBe(0);
  });

  test('not when a grant was once answered at once: the server waits for a processor then', () => {
    expect(stalls([...windowful(64, 0), ...windowful(64, 0), ...times(8, windowful(0, 20))])).toBe(
      0,
    );
  });

  test('not while its own reader does not read', () => {
    const line = new Line();
    const meter = line.meter;
    meter.received(windowBytes, windowBytes);
    line.now += 1000;
    // The reader wakes up; only now may the server go on.
    meter.granting(0);
    expect(meter.received(windowBytes, windowBytes)).toBe(false);
  });
});

test('a budget lends half of what is left at most, and takes back', () => {
  const budget = new WindowBudget(100);
  expect([budget.take(30), budget.take(60), budget.take(60)]).toEqual([30, 35, 17]);
  budget.giveBack(35);
  expect(budget.take(60)).toBe(26);
});
