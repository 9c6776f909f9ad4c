import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { CancelledError, ConnectError, OccError, TimeoutError } from '../../../src/errors.ts';
import { fanOut, StepFailure, type HostOutcome } from '../../../src/ops/fan-out.ts';

const never = new AbortController().signal;

/** Lasts until the signal, like work on a host that does not answer. */
async function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new CancelledError()), { once: true });
  });
}

function errorOf(outcome: HostOutcome<unknown> | undefined): OccError {
  if (!outcome || outcome.ok) throw new Error('the host did not fail');
  return outcome.error;
}

describe('fanOut', () => {
  it('keeps every outcome, in the order of the hosts', async () => {
    const outcomes = await fanOut(['a', 'b', 'c'], { signal: never }, async (host) => {
      await sleep(host === 'a' ? 30 : 1);
      if (host === 'b') throw new ConnectError('refused', 'no');
      return host.toUpperCase();
    });
    expect(outcomes.map(({ host, ok }) => [host, ok])).toEqual([
      ['a', true],
      ['b', false],
      ['c', true],
    ]);
    const error = errorOf(outcomes[1]);
    expect(error).toBeInstanceOf(ConnectError);
    expect(error).toMatchObject({ host: 'b', code: 'connect.refused' });
  });

  it('lets a host that does not answer delay nobody, and ends it at its own deadline', async () => {
    const finished: string[] = [];
    const hosts = ['dead', 'quick-1', 'quick-2'];
    const outcomes = await fanOut(hosts, { signal: never, timeoutMs: 50 }, async (host, signal) => {
      if (host === 'dead') await untilAborted(signal);
      finished.push(host);
    });
    expect(finished).toEqual(['quick-1', 'quick-2']);
    expect(outcomes.map(({ ok }) => ok)).toEqual([false, true, true]);
    expect(errorOf(outcomes[0])).toBeInstanceOf(TimeoutError);
    expect(errorOf(outcomes[0]).host).toBe('dead');
  });

  it('counts a deadline from the start of that host', async () => {
    const hosts = ['a', 'b', 'c', 'd'];
    const options = { signal: never, parallel: 1, timeoutMs: 1000 };
    const outcomes = await fanOut(hosts, options, () => sleep(300));
    expect(outcomes.every(({ ok }) => ok)).toBe(true);
  });

  it('works on no more hosts at once than asked', async () => {
    let [now, most] = [0, 0];
    const hosts = Array.from({ length: 20 }, (_, index) => `h${index}`);
    await fanOut(hosts, { signal: never, parallel: 3 }, async () => {
      now += 1;
      most = Math.max(most, now);
      await sleep(2);
      now -= 1;
    });
    expect(most).toBe(3);
  });

  it('cancels what runs and what waits, and keeps what is done', async () => {
    const controller = new AbortController();
    const started: string[] = [];
    const options = { signal: controller.signal, parallel: 2 };
    const outcomes = await fanOut(['done', 'runs', 'waits'], options, async (host, signal) => {
      started.push(host);
      if (host === 'done') return;
      setImmediate(() => controller.abort());
      await untilAborted(signal);
    });
    expect(started).toEqual(['done', 'runs', 'waits']);
    expect(outcomes.map(({ ok }) => ok)).toEqual([true, false, false]);
    expect(errorOf(outcomes[1])).toBeInstanceOf(CancelledError);
    const all = await fanOut(['x', 'y'], options, () => Promise.resolve());
    expect(all.map((outcome) => errorOf(outcome).code)).toEqual(['cancelled', 'cancelled']);
  });

  it('wraps what is not an error of occ, and keeps it as the cause', async () => {
    const defect = new RangeError('out of range');
    const [outcome] = await fanOut(['a'], { signal: never }, () => Promise.reject(defect));
    expect(errorOf(outcome)).toMatchObject({ code: 'internal', host: 'a', cause: defect });
  });

  it('tells which step failed and whether steps were applied before', async () => {
    const cause = new OccError('x', 'why');
    const [outcome] = await fanOut(['a'], { signal: never }, () =>
      Promise.reject(new StepFailure('create it', true, cause)),
    );
    expect(outcome).toMatchObject({ ok: false, step: 'create it', changed: true, error: cause });
  });

  it('works on many hosts although their starts are spread out', async () => {
    const hosts = Array.from({ length: 40 }, (_, index) => `h${index}`);
    const outcomes = await fanOut(hosts, { signal: never, parallel: 40 }, (host) =>
      Promise.resolve(host),
    );
    expect(outcomes.map((outcome) => outcome.ok && outcome.value)).toEqual(hosts);
  });
});
